"""Load generators side by side, against one simulator.

python benches/peers --floor FILE --pkb FILE --stress FILE > table.md

Each tool claims at each rate in turn, each on its own, and what it reports is set beside the simulator's truth. The
table goes to stdout, every figure to `--json`. Nothing but loopback is used.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from result import Result
from served import Served
from table import table
from tools import Floor, Own, Pkb, Stress, Tool


def main() -> int:
    """Runs what was asked for; returns the exit code."""
    options = parser().parse_args()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), options) as served:
        for rate in options.rates:
            results += [best(tool, served, rate, options) for tool in tools(options)]
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(result) for result in results], indent=1) + "\n")
    return 0


def tools(options: argparse.Namespace) -> list[Tool]:
    """The tools that were named."""
    named: list[Tool] = [Own(options.command)]
    if options.floor and not options.tls:
        named.append(Floor(options.floor))
    if options.pkb:
        named.append(Pkb(options.pkb))
    if options.stress:
        named.append(Stress(options.stress))
    return named


def best(tool: Tool, served: Served, rate: int, options: argparse.Namespace) -> Result:
    """The cheapest of `--repeat` runs: on a shared machine the others show the neighbours too."""
    runs = []
    for _ in range(options.repeat):
        served.settle()
        runs.append(tool.run(served, rate, options.seconds))
        print(f"{tool.name} at {rate}/s: {runs[-1].claims_per_cpu_second:.0f} claims per CPU-second", file=sys.stderr)
    return max(runs, key=lambda result: result.claims_per_cpu_second)


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default="agent-sandbox-bench", help="this tool [default: the one on PATH]")
    parser.add_argument("--pkb", type=Path, help="agent_sandbox_loadgen.py of PerfKitBenchmarker's pull request 6740")
    parser.add_argument("--stress", type=Path, help="upstream's test/stress, built")
    parser.add_argument("--floor", type=Path, help="the program of benches/floor, built; plain HTTP only")
    parser.add_argument("--rates", type=int, nargs="+", default=[50, 200, 1000], help="claims per second")
    parser.add_argument("--seconds", type=int, default=20, help="length of each run")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the cheapest counts")
    parser.add_argument("--pool", type=int, default=2000, help="replicas of the warm pool")
    parser.add_argument("--tls", action="store_true", help="serve over TLS")
    parser.add_argument("--json", type=Path, help="file for every figure")
    return parser


if __name__ == "__main__":
    sys.exit(main())
