"""A real node to try things on by hand: python tests/node/up.py [--stack] [--pool NAME=REPLICAS]

Prints the path of its kubeconfig, and ends, with everything it started, at Ctrl-C or SIGTERM. Needs root.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]  # run as a file, this one is not in its package

from cluster.build import BuildError  # noqa: E402
from cluster.control_plane import RELEASES  # noqa: E402
from cluster.up import interrupt, pool  # noqa: E402
from node.real_node import CannotError, RealNode, pod  # noqa: E402
from support.waiting import NotInTimeError  # noqa: E402


def stay(node: RealNode, chosen: argparse.Namespace) -> None:
    """Installs what was asked for, says where everything is, and waits for a signal."""
    if chosen.stack or chosen.pool:
        node.install_stack()
    for name, replicas in chosen.pool:
        node.apply_template_and_pool(name, replicas=replicas, pod=pod())
    print(f"ready after {node.seconds:.0f} s; logs in {node.folder}; Ctrl-C ends it", file=sys.stderr)
    print(node.kubeconfig, flush=True)
    signal.pause()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", action="store_true", help="install agent-sandbox, as its release ships it")
    parser.add_argument("--pool", type=pool, action="append", default=[], metavar="NAME=REPLICAS", help="gVisor's")
    parser.add_argument("--release", choices=list(RELEASES), default="v0.5.6", help="of agent-sandbox")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):  # Python leaves SIGINT alone in a background job
        signal.signal(number, interrupt)
    try:
        with RealNode(chosen.release) as node:
            stay(node, chosen)
    except KeyboardInterrupt:
        return 0
    except (BuildError, CannotError, NotInTimeError) as error:
        print(f"up.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
