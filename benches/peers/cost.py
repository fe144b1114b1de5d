"""What a claim costs as the work grows: python benches/peers/cost.py > table.md.

Once by the number of claims, once by how many are in flight. CPU and memory are the generator's, as the kernel counts.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from result import checked
from served import Served
from table import line
from tools import fresh, start

CLAIMS = (1_000, 10_000, 100_000, 1_000_000)
IN_FLIGHT = (10, 100, 1_000, 5_000)
IN_FLIGHT_CLAIMS = 20_000


def main() -> int:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default="agent-sandbox-bench", help="this tool [default: the one on PATH]")
    parser.add_argument("--rate", type=int, default=1000, help="claims per second")
    parser.add_argument("--most", type=int, default=CLAIMS[-1], help="claims of the largest run")
    parser.add_argument("--pool", type=int, default=2000, help="replicas of the warm pool")
    parser.add_argument("--tls", action="store_true", help="serve over TLS")
    options = parser.parse_args()
    headings = ("claims", "at most in flight", "CPU per claim", "peak memory", "schedule lag p99", "verdict")
    print(line(headings), line("---" for _ in headings), sep="\n")
    for row in rows(options):
        print(line(row), flush=True)
    return 0


def rows(options: argparse.Namespace) -> Iterator[list[str]]:
    """A row for each run."""
    refill = 2 * options.rate  # the pool never runs dry
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), options, refill=refill) as served:
        for count in (count for count in CLAIMS if count <= options.most):
            yield cost(options, served, count)
    for target in IN_FLIGHT:
        # By Little's law: as many are in flight as come in the time that one takes.
        latency = f"{{median: {target / options.rate * 1e3:.3f}ms}}"
        workers = max(target * 2, 50)
        with (
            tempfile.TemporaryDirectory() as folder,
            Served(Path(folder), options, warm_latency=latency, claim_workers=workers, refill=refill) as served,
        ):
            yield cost(options, served, IN_FLIGHT_CLAIMS)


def cost(options: argparse.Namespace, served: Served, count: int) -> list[str]:
    """One run."""
    served.settle()
    out = fresh(served.folder / "own")
    words = ["--kubeconfig", str(served.kubeconfig), "--rate", str(options.rate), "--total", str(count), "--quiet"]
    process, log = start([options.command, "run", *words, "--duration", "1h", "--out", str(out)], served)
    taken = checked(process, log, (0, 3))
    summary = json.loads((out / "summary.json").read_text())
    return [
        f"{count:,}",
        f"{summary['peak_in_flight']:,}",
        f"{taken.cpu_s / count * 1e6:.0f} us",
        f"{taken.max_rss_bytes / 1e6:.0f} MB",
        f"{summary['latency_s']['schedule_lag']['p99'] * 1e3:.2f} ms",
        "valid" if summary["valid"] else "invalid: " + ", ".join(summary["invalid_reasons"]),
    ]


if __name__ == "__main__":
    sys.exit(main())
