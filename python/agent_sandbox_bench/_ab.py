"""Two configurations in turns."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended_async, ended_in_parts
from agent_sandbox_bench._config import configured
from agent_sandbox_bench._native import Cluster, Config
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import AbReport, AbRun


def ab(
    base: ConfigLike,
    new: ConfigLike = None,
    *,
    at_most: str = "30m",
    calibrate: bool = False,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_run: Callable[[AbRun], object] | None = None,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
    force: bool = False,
    yes: bool = False,
) -> AbReport:
    """Runs two configurations in turns, in random order, until their comparison can tell which is slower.

    Args:
        base: The configuration to compare with. Its seed gives the schedules of both.
        new: The one in question, of the same load and workload; None is the base again.
        at_most: Most time that it takes, such as ``1h``; the first pair runs in any case.
        calibrate: Run the base against itself, and say how small a difference is found here, and in how long.
        target: The cluster; None is a simulator of each run's own.
        out_dir: Folder of all runs, new or empty; None is the base's ``output.dir``, by default one here.
        on_run: Called with each run that has ended, in this thread; an exception it raises ends the call cleanly.
        margin: As in `compare`.
        run_spread: As in `compare`.
        force: Run configurations of unlike load or workload, or where preflight blocks; compare INVALID runs too.
        yes: Allow more than 5,000 claims per second, or 1,000,000 in all, on a cluster.

    Returns:
        What ``ab.json`` says: the ``runs`` in order, the ``looks``, why it ``ended``, and the last look's
        ``comparison`` (as `compare` returns it; None where no pair was compared), with ``calibrate`` also the
        ``calibration``; and ``out_dir``.

    Raises:
        ConfigError: Bad input, or configurations of unlike load; nothing was touched.
        ClusterError: The cluster cannot carry a run.
        RunInterrupted: Ctrl-C; the runs so far are in the folder.
    """
    sides, rules = _sides(base, new, out_dir), (str(margin), str(run_spread))
    return ended_in_parts(_native.ab(*sides, target, at_most, calibrate, force, yes, *rules), "runs", on_run)


async def ab_async(
    base: ConfigLike,
    new: ConfigLike = None,
    *,
    at_most: str = "30m",
    calibrate: bool = False,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_run: Callable[[AbRun], object] | None = None,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
    force: bool = False,
    yes: bool = False,
) -> AbReport:
    """As `ab`, for asyncio; `on_run` is called in the loop's thread. Cancelling it ends the current run cleanly."""
    sides, rules = _sides(base, new, out_dir), (str(margin), str(run_spread))
    return await ended_async(_native.ab(*sides, target, at_most, calibrate, force, yes, *rules), on_run)


def _sides(base: ConfigLike, new: ConfigLike, out_dir: str | os.PathLike[str] | None) -> tuple[Config, Config]:
    decoded = configured(base, out_dir)
    return decoded, decoded if new is None else Config(new)
