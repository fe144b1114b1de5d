"""Whether a percentile is below a limit, as far as its run can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

from agent_sandbox_bench._errors import ConfigError
from agent_sandbox_bench._native import Config

if TYPE_CHECKING:
    from agent_sandbox_bench._result import Result
    from agent_sandbox_bench.typed import Figures, Interval

_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Verdict(Enum):
    """Where a percentile lies."""

    BELOW = auto()
    """Its whole 95 % interval is below the limit."""
    ABOVE = auto()
    """Its whole 95 % interval is above the limit."""
    BOUND = auto()
    """It is a lower bound, so nothing shows that it is below the limit."""
    UNDECIDED = auto()
    """Its 95 % interval contains the limit, or it has none."""


@dataclass(frozen=True)
class Judged:
    """A percentile beside a limit, in seconds; as text it names figure, value, interval and limit."""

    figure: str
    percentile: str
    figures: Figures
    limit: float

    @property
    def verdict(self) -> Verdict:
        """By the interval alone; a bound is never taken for the value."""
        low, high = self._interval
        if low is not None and low > self.limit:
            return Verdict.ABOVE
        if self._bound:
            return Verdict.BOUND
        return Verdict.BELOW if high is not None and high < self.limit else Verdict.UNDECIDED

    def __str__(self) -> str:
        """What an error says of it."""
        value: float = self.figures[self.percentile]  # type: ignore[literal-required]
        sign, censored = "", ""
        if self._bound:
            sign = "> "
            censored = f"a lower bound: {self.figures['censored']} of {self.figures['count']} claims are censored; "
        got = f"{sign}{_shown(value)} ({censored}{self._shown_interval()})"
        return f"{self.figure}: got {got}, allowed: below {_shown(self.limit)}"

    @property
    def _bound(self) -> bool:
        return self.percentile in self.figures["bounds"]

    @property
    def _interval(self) -> Interval:
        interval: Interval | None = self.figures["interval"][self.percentile]  # type: ignore[literal-required]
        return interval or [None, None]

    def _shown_interval(self) -> str:
        low, high = (None if end is None else _shown(end) for end in self._interval)
        if low is None:
            return "no 95 % interval" if high is None else f"95 % interval below {high}"
        return f"95 % interval above {low}" if high is None else f"95 % interval {low} to {high}"


def judge(result: Result, figure: str, limit: str | timedelta) -> Judged:
    """The figure of a run, such as ``time_to_ready.p99``, beside the limit.

    Raises:
        ConfigError: The figure is not a percentile of a latency, or `limit` cannot be its limit in an objective.
        NoFiguresError: No claim of the run has this latency.
    """
    text = f"{limit.total_seconds():.6f}s" if isinstance(limit, timedelta) else limit
    load = Config(result.out_dir / "config.yaml").to_dict()["load"]
    Config({"load": {"ready_timeout": load["ready_timeout"]}, "slo": [f"{figure}<{text}"]}).check_run()
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)\s*([a-z]+)", text))
    latency, _, percentile = figure.partition(".")
    figures = result.figures(latency)  # type: ignore[arg-type] # an objective has no other names
    if percentile not in figures["interval"]:
        allowed = ", ".join(f"{latency}.{name}" for name in figures["interval"])
        raise ConfigError(f"figure: got {figure}, which has no interval; allowed: {allowed}", "figure")
    return Judged(figure, percentile, figures, seconds)


def _shown(seconds: float) -> str:
    """Seconds for people, with three significant digits."""
    number, unit = (seconds * 1e3, "ms") if seconds < 0.9995 else (seconds, "s")
    return f"{number:.0f} {unit}" if number >= 99.95 else f"{number:.3g} {unit}"
