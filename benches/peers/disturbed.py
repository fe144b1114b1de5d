"""Whether a run knows its own error, disturbed and undisturbed: python benches/peers/disturbed.py --repeat 10.

The truth is the simulator's, in a process of its own: when it sent each event. A figure of a valid run may be off by no
more than the bound printed beside it (`error_s`) and the 0.1 ms that validity allows. A quota of CPU needs root.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from result import checked
from served import Served
from table import line
from tools import fresh, start

HEADINGS = ("case", "runs", "valid", "valid and off by more than told", "error_s of p50, median", "throttled")
SHARES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
ALLOWANCE_S = 1e-4
PERIOD_US = 100_000
CLOSED = ("--arrivals", "closed", "--set", "load.closed={users: 4}", "--duration", "4s")


@dataclass(frozen=True)
class Case:
    """A load, and what disturbs its generator."""

    load: tuple[str, ...]
    pause_s: float = 0
    every_s: float = 0
    busy: int = 0
    quota: float = 0
    """Times the CPU that it used without a quota."""


CASES = {
    "closed, stopped for 25 ms of each 60": Case(CLOSED, 0.025, 0.06),
    "closed, two busy loops": Case(CLOSED, busy=2),
    "50/s, stopped for 12 ms of each 200": Case(("--rate", "50", "--duration", "6s"), 0.012, 0.2),
    "a burst of 150": Case(("--arrivals", "burst", "--set", "load.burst={size: 150, every: 1s}", "--total", "150")),
    "Poisson, 200/s": Case(("--arrivals", "poisson", "--rate", "200", "--duration", "5s")),
    "200/s, a quota of 1.2 times its CPU": Case(("--rate", "200", "--duration", "5s"), quota=1.2),
}


def main() -> int:
    """Prints a line for each case; 1 where a valid run was off by more than it told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--command", default="agent-sandbox-bench", help="this tool [default: the one on PATH]")
    parser.add_argument("--repeat", type=int, default=10, help="runs of each case")
    parser.add_argument("--pool", type=int, default=1500, help="replicas of the warm pool")
    parser.add_argument("--tls", action="store_true", help="serve over TLS")
    parser.add_argument("--case", choices=CASES, nargs="+", default=list(CASES), help="only these")
    options = parser.parse_args()
    print(line(HEADINGS), line("---" for _ in HEADINGS), sep="\n")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), options) as served:
        for name in options.case:
            runs = [Run(options.command, served, CASES[name]) for _ in range(options.repeat)]
            wrong += sum(run.is_valid and run.is_beyond for run in runs)
            print(line(told(name, runs)), flush=True)
    return int(wrong > 0)


def told(name: str, runs: list[Run]) -> list[str]:
    """A line of the table."""
    valid = [run for run in runs if run.is_valid]
    own = [run.own_error for run in valid]
    median = f"{statistics.median(own):.1%}" if own else "-"
    throttled = f"{sum(run.throttled > 0 for run in runs)} of {len(runs)}" if CASES[name].quota else "-"
    return [name, str(len(runs)), str(len(valid)), str(sum(run.is_beyond for run in valid)), median, throttled]


class Run:
    """One run of a case, and how far its figures are from the truth."""

    def __init__(self, command: str, served: Served, case: Case) -> None:
        self.throttled = 0
        group = quota(case.quota * cpu_share(command, served, case)) if case.quota else None
        served.settle()
        out = fresh(served.folder / "own")
        words = ["run", "--kubeconfig", str(served.kubeconfig), *case.load, "--quiet", "--out", str(out)]
        process, log = start([command, *words], served)
        if group:
            (group / "cgroup.procs").write_text(str(process.pid))
        with disturbing(process, case):
            checked(process, log, (0, 3))
        if group:
            self.throttled = throttled(group)
            group.rmdir()
        self.judge(out, served)

    def judge(self, out: Path, served: Served) -> None:
        """Compares each percentile with the truth's."""
        summary = json.loads((out / "summary.json").read_text())
        with served.truth_file.open() as file:
            file.seek(served.offset)
            sent = {claim["name"]: claim["ready_sent_ns"] for claim in map(json.loads, file)}
        claims = [json.loads(text) for text in (out / "claims.jsonl").read_text().splitlines()]
        true = sorted(true_s(claim, sent, summary["monotonic_base_ns"]) for claim in claims)
        figures = summary["latency_s"]["time_to_ready"]
        self.is_valid: bool = summary["valid"]
        self.own_error: float = (figures["error_s"]["p50"] or 0) / figures["p50"]
        self.is_beyond = any(
            abs(figures[name] - true[math.ceil(share * len(true)) - 1]) > figures["error_s"][name] + ALLOWANCE_S
            for name, share in SHARES.items()
            if figures["error_s"][name] is not None
        )


def true_s(claim: dict[str, Any], sent: dict[str, int | None], base_ns: int) -> float:
    """From when a claim was due to when the simulator sent that it is ready."""
    at = sent.get(claim["name"])
    return math.inf if at is None else (at - base_ns - claim["intended_ns"]) / 1e9


@contextmanager
def disturbing(process: subprocess.Popen[bytes], case: Case) -> Iterator[None]:
    """Disturbs a process for the length of a `with`."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(case.busy)]
    try:
        # It stays a zombie until it is waited for, and takes signals until then.
        while case.pause_s and Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(case.pause_s)
            os.kill(process.pid, signal.SIGCONT)
            time.sleep(case.every_s - case.pause_s)
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def cpu_share(command: str, served: Served, case: Case) -> float:
    """The CPU that the load takes without a quota, as a share of one core."""
    served.settle()
    out = fresh(served.folder / "own")
    words = ["run", "--kubeconfig", str(served.kubeconfig), *case.load, "--out", str(out)]
    process, log = start([command, *words], served)
    checked(process, log, (0, 3))
    summary = json.loads((out / "summary.json").read_text())
    return float(summary["generator"]["cpu_s"] / summary["load"]["duration_s"])


def quota(cores: float) -> Path:
    """A control group with so much CPU."""
    is_v2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    group = Path("/sys/fs/cgroup", "" if is_v2 else "cpu", f"agent-sandbox-bench-{os.getpid()}")
    group.mkdir()
    limit = int(cores * PERIOD_US)
    if is_v2:
        (group / "cpu.max").write_text(f"{limit} {PERIOD_US}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(limit))
    return group


def throttled(group: Path) -> int:
    """In how many periods the quota was used up."""
    counts = dict(text.split() for text in (group / "cpu.stat").read_text().splitlines())
    return int(counts["nr_throttled"])


if __name__ == "__main__":
    raise SystemExit(main())
