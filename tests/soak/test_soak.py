"""A long run at a moderate rate: memory, file descriptors and threads of generator and simulator stay flat."""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.bench import Bench
from support.simulator import serving

RATE = 100
SAMPLE_EVERY_S = 1.0
# What allocators keep and give back from one tenth to another.
MEMORY_SLACK = 4 << 20
HANDLES_SLACK = 4
# The simulator keeps 20,000 events of each kind; of the rarest there is one for each claim.
FILLED_S = 300


@dataclass(frozen=True)
class Sample:
    """What a process holds at one instant."""

    memory: int
    handles: int
    threads: int


def sample(process: subprocess.Popen[str]) -> Sample | None:
    """None once the process has ended."""
    home = Path(f"/proc/{process.pid}")
    try:
        status = dict(line.split(":", 1) for line in (home / "status").read_text().splitlines())
        handles = len(list((home / "fd").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return None
    if "VmRSS" not in status:
        return None
    return Sample(int(status["VmRSS"].split()[0]) * 1024, handles, int(status["Threads"]))


def flat(name: str, samples: list[Sample], filled_s: float = 0) -> None:
    """The last tenth holds no more than the second, or the one after `filled_s`; the first still fills its pools."""
    tenth = len(samples) // 10
    filled = max(tenth, min(round(filled_s / SAMPLE_EVERY_S), len(samples) // 2))
    early, late = samples[filled : filled + tenth], samples[-tenth - 2 : -2]

    def median(of: list[Sample], what: str) -> float:
        return float(statistics.median(getattr(it, what) for it in of))

    for what, slack in (("memory", MEMORY_SLACK), ("handles", HANDLES_SLACK), ("threads", 0)):
        before, after = median(early, what), median(late, what)
        print(f"{name}: {what} {before:.0f} early, {after:.0f} in the last tenth")
        assert after <= before * (1.05 if what == "memory" else 1) + slack, f"{name}: {what} grew"


@pytest.mark.timeout(0)  # it ends with the run
def test_nothing_grows(bench: Bench, request: pytest.FixtureRequest) -> None:
    seconds = round(request.config.getoption("--minutes") * 60)
    out = bench.out()
    load = ("--rate", RATE, "--duration", f"{seconds}s", "--hold", "200ms", "--quiet", "--out", out)
    samples: dict[str, list[Sample]] = {"generator": [], "simulator": []}
    with serving(bench) as served:
        run = bench.start("run", *served.target, *load)
        while run.poll() is None:
            for name, process in (("generator", run), ("simulator", served.process)):
                if taken := sample(process):
                    samples[name].append(taken)
            time.sleep(SAMPLE_EVERY_S)
        done = bench.finish(run, out)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == done.summary["load"]["planned"] == RATE * seconds
    for name, taken_all in samples.items():
        flat(name, taken_all, FILLED_S if name == "simulator" else 0)
