"""A control plane to try things on by hand: python tests/cluster/up.py --nodes 20 --pool bench=50

Prints the path of its kubeconfig, and ends, with everything it started, at Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file, this one is not in its package

from cluster.build import BuildError  # noqa: E402
from cluster.control_plane import RELEASES, ControlPlane  # noqa: E402
from support.waiting import NotInTimeError  # noqa: E402


def pool(text: str) -> tuple[str, int]:
    """NAME=REPLICAS."""
    name, _, replicas = text.partition("=")
    return name, int(replicas)


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=20, help="fake nodes of 250 pods (default 20)")
    parser.add_argument("--pool", type=pool, action="append", default=[], metavar="NAME=REPLICAS", help="a warm pool")
    parser.add_argument("--namespace", default="default", help="of the pools")
    parser.add_argument("--user", action="append", default=[], help="a further user, without rights")
    parser.add_argument("--release", choices=[*RELEASES, "none"], default="v0.5.6", help="of agent-sandbox")
    return parser.parse_args(words)


def stay(cluster: ControlPlane, chosen: argparse.Namespace) -> None:
    """Fills the pools, says where everything is, and waits for a signal."""
    for name, replicas in chosen.pool:
        cluster.apply_template_and_pool(name, chosen.namespace, replicas)
    for user in chosen.user:
        print(f"{user}: {cluster.accounts.kubeconfig(user)}", file=sys.stderr)
    print(f"ready after {cluster.seconds:.0f} s; logs in {cluster.folder}; Ctrl-C ends it", file=sys.stderr)
    print(cluster.kubeconfig, flush=True)
    signal.pause()


def interrupt(*_: object) -> None:
    """What SIGTERM does: the same as Ctrl-C."""
    raise KeyboardInterrupt


def main() -> int:
    """The command."""
    chosen = options()
    for number in (signal.SIGTERM, signal.SIGINT):  # Python leaves SIGINT alone in a background job
        signal.signal(number, interrupt)
    release = None if chosen.release == "none" else chosen.release
    try:
        with ControlPlane(chosen.nodes, release, dict.fromkeys(chosen.user, ())) as cluster:
            stay(cluster, chosen)
    except KeyboardInterrupt:
        return 0
    except (BuildError, NotInTimeError) as error:
        print(f"up.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
