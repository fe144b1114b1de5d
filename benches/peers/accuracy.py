"""How near to the truth this tool is, claim by claim: python benches/peers/accuracy.py --rates 1000 3000 --seconds 60.

A claim's error is between the ready instant that the tool wrote and the one at which the simulator sent the event.
Start to first claim is from the process's start to the first create's arrival.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from result import checked, percentile
from served import Served
from table import line, milliseconds
from tools import fresh, start

HEADINGS = (
    "claims/s asked", "seconds", "achieved ratio", "schedule lag p99", "error p50", "error p99", "error max",
    "start to first claim", "claims per CPU-second", "verdict",
)  # fmt: skip


def main() -> int:
    """Prints the table, a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default="agent-sandbox-bench", help="this tool [default: the one on PATH]")
    parser.add_argument("--rates", type=int, nargs="+", default=[1000], help="claims per second")
    parser.add_argument("--seconds", type=int, default=60, help="length of each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs at each rate")
    parser.add_argument("--pool", type=int, default=5000, help="replicas of the warm pool")
    parser.add_argument("--tls", action="store_true", help="serve over TLS")
    options = parser.parse_args()
    print(line(HEADINGS), line("---" for _ in HEADINGS), sep="\n")
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), options) as served:
        for rate in options.rates:
            for _ in range(options.repeat):
                print(line(measure(options, served, rate)), flush=True)
    return 0


def measure(options: argparse.Namespace, served: Served, rate: int) -> list[str]:
    """One run."""
    served.settle()
    out = fresh(served.folder / "own")
    words = ["--kubeconfig", str(served.kubeconfig), "--rate", str(rate), "--duration", f"{options.seconds}s"]
    begun_ns = time.monotonic_ns()
    process, log = start([options.command, "run", *words, "--quiet", "--out", str(out)], served)
    cost = checked(process, log, (0, 3))
    summary = json.loads((out / "summary.json").read_text())
    with served.truth_file.open() as file:
        file.seek(served.offset)
        truth = {claim["name"]: claim for claim in map(json.loads, file)}
    base_ns = summary["monotonic_base_ns"]
    with (out / "claims.jsonl").open() as file:
        ready = {claim["name"]: claim["ready_ns"] for claim in map(json.loads, file) if claim["ready_ns"] is not None}
    errors = [abs(base_ns + at - truth[name]["ready_sent_ns"]) / 1e9 for name, at in ready.items()]
    first = min(claim["create_received_ns"] for claim in truth.values()) - begun_ns
    return [
        str(rate),
        str(options.seconds),
        f"{summary['achieved_ratio']:.4f}",
        milliseconds(summary["latency_s"]["schedule_lag"]["p99"]),
        milliseconds(percentile(errors, 0.5)),
        milliseconds(percentile(errors, 0.99)),
        milliseconds(max(errors, default=None)),
        milliseconds(first / 1e9),
        f"{len(truth) / cost.cpu_s:.0f}",
        "valid" if summary["valid"] else "invalid: " + ", ".join(summary["invalid_reasons"]),
    ]


if __name__ == "__main__":
    sys.exit(main())
