"""Loads in tests, with limits that are judged by intervals: what the fixture ``agent_sandbox_benchmark`` gives."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent_sandbox_bench._config import with_fields
from agent_sandbox_bench._errors import RunInterrupted
from agent_sandbox_bench._limit import Verdict, judge
from agent_sandbox_bench._native import Cluster
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._run import run
from agent_sandbox_bench._simulator import Simulator
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    from typing import Unpack

    from agent_sandbox_bench.typed import LoadConfig, Summary
    from agent_sandbox_bench.typed.config import SloUndecided

__all__ = ["Benchmark", "BenchmarkResult", "UndecidedWarning"]


class UndecidedWarning(UserWarning):
    """The 95 % interval of a figure contains its limit: another run may end differently."""


class BenchmarkResult(Result):
    """A run whose figures can be compared with limits.

    `BenchmarkResult.load` reads an earlier one.
    """

    def __init__(self, summary: Summary, out_dir: str | os.PathLike[str], undecided: SloUndecided = "warn") -> None:
        super().__init__(summary, out_dir)
        self._undecided: SloUndecided = undecided

    def assert_below(self, figure: str, limit: str | timedelta) -> None:
        """Fails where the percentile's 95 % interval is above the limit, or the percentile is a lower bound.

        Where the interval contains the limit, or there is none, the run cannot tell: `UndecidedWarning`, or with
        ``--agent-sandbox-undecided=fail`` a failure.

        Args:
            figure: A percentile of a latency, such as ``time_to_ready.p99``.
            limit: Such as ``"200ms"``.

        Raises:
            AssertionError: It is above, with figure, value, interval and limit.
            ConfigError: The figure is no percentile, or the limit has no unit, or no claim could miss it.
            NoFiguresError: No claim of the run has this latency.
        """
        __tracebackhide__ = True
        judged = judge(self, figure, limit)
        if judged.verdict in (Verdict.ABOVE, Verdict.BOUND):
            raise AssertionError(f"{judged}; results in {self.out_dir}")
        if judged.verdict is Verdict.UNDECIDED:
            self._undecided_is(f"{judged}; undecided, more claims decide it; results in {self.out_dir}")

    def check(self) -> None:
        """Fails where the run is INVALID as a measurement, or misses an objective of its configuration."""
        __tracebackhide__ = True
        if not self.valid:
            reasons = ", ".join(self.summary["invalid_reasons"])
            raise AssertionError(f"the run is INVALID as a measurement: {reasons}; results in {self.out_dir}")
        for objective in self.summary["slo"]:
            said = f"objective {objective['expression']}: got {objective['value']}; results in {self.out_dir}"
            if not objective["met"]:
                raise AssertionError(said)
            if objective["undecided"]:
                self._undecided_is(f"{said}; undecided, its 95 % interval contains the limit")

    def _undecided_is(self, said: str) -> None:
        __tracebackhide__ = True
        if self._undecided == "fail":
            raise AssertionError(said)
        warnings.warn(said, UndecidedWarning, stacklevel=3)


class Benchmark:
    """Runs loads in a test. A run that is INVALID, or that misses an objective of its ``slo``, fails the test.

    Args:
        simulator: Gives the simulator of runs without a target.
        folder: Makes a folder for the results of a run.
        undecided: What an undecided limit does.
    """

    def __init__(
        self, simulator: Callable[[], Simulator], folder: Callable[[], Path], undecided: SloUndecided = "warn"
    ) -> None:
        self._simulator = simulator
        self._folder = folder
        self._undecided: SloUndecided = undecided

    def __call__(
        self, config: ConfigLike = None, *, target: Simulator | Cluster | None = None, **load: Unpack[LoadConfig]
    ) -> BenchmarkResult:
        """Runs a load to its end.

        Args:
            config: What to run; its ``simulator`` has no effect, because the target exists already.
            target: The simulator or the cluster; None is the test's ``agent_sandbox_simulator``.
            **load: Fields of ``load``, laid over the configuration's: ``rate=50, duration="2s"``.

        Returns:
            The valid run; its folder is one of pytest's.

        Raises:
            AssertionError: The run is INVALID, with the reasons, or an objective is missed.
            ConfigError: Bad input; nothing was touched.
            ClusterError: The target cannot carry the run; nothing was claimed.
        """
        __tracebackhide__ = True
        chosen = self._simulator() if target is None else target
        cluster = chosen.cluster if isinstance(chosen, Simulator) else chosen
        try:
            result = run(with_fields(config, "load", load), target=cluster, out_dir=self._folder())
        except RunInterrupted as interrupted:
            raise KeyboardInterrupt from interrupted  # ends the session, not this test alone
        measured = BenchmarkResult(result.summary, result.out_dir, self._undecided)
        measured.check()
        return measured
