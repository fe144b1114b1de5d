"""What one tool did at one rate, and how it is counted."""

from __future__ import annotations

import math
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a process took, its children that ended included."""

    cpu_s: float
    max_rss_bytes: int


@dataclass(frozen=True)
class Result:
    """A tool at a rate. Times in seconds."""

    tool: str
    target_rate: float
    true_claims: int
    """Claims the simulator received."""
    true_rate: float
    """Claims per second between the first and the last it received."""
    cpu_s: float
    max_rss_bytes: int
    true_p50: float | None
    """From the create's arrival at the simulator to the Ready event's departure."""
    true_p99: float | None
    reported_p50: float | None
    reported_p99: float | None
    note: str = ""

    @property
    def claims_per_cpu_second(self) -> float:
        """Claims the simulator received, for each second of CPU of the generator."""
        return self.true_claims / self.cpu_s

    @property
    def achieved(self) -> float:
        """Share of the target rate."""
        return self.true_rate / self.target_rate


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank, as HDR histograms count; None of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None


def ended(process: subprocess.Popen[bytes]) -> Cost:
    """Waits for a process; what it took, as the kernel counts.

    `ru_maxrss` would not do for memory: it counts the fork before the exec too, a copy of this process. `VmHWM` is read
    every 50 ms instead, and so misses what grew in the last.
    """
    peak = 0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Cost(usage.ru_utime + usage.ru_stime, peak)
        peak = max(peak, high_water(process.pid))
        time.sleep(0.05)


def high_water(pid: int) -> int:
    """Most bytes of memory that a process held so far; 0 once it has ended."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def checked(process: subprocess.Popen[bytes], log: Path, allowed: tuple[int, ...] = (0,)) -> Cost:
    """As `ended`, and the process must have ended well."""
    cost = ended(process)
    if process.returncode not in allowed:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}:\n{log.read_text()[-2000:]}")
    return cost
