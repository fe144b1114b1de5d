"""Runs."""

from __future__ import annotations

import logging
import os

from agent_sandbox_bench import _native
from agent_sandbox_bench._config import configured
from agent_sandbox_bench._native import Cluster
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._threads import stoppable
from agent_sandbox_bench._types import ConfigLike, Progress

_LOGGER = logging.getLogger("agent_sandbox_bench")
_LOGGER.addHandler(logging.NullHandler())  # who wants to hear of runs says so


def run(
    config: ConfigLike = None,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    force: bool = False,
    yes: bool = False,
) -> Result:
    """Claims sandboxes at the planned rate and measures each.

    The GIL is released. Ctrl-C stops the schedule, releases what was claimed and writes what was measured; a second
    one no longer waits for that.

    Args:
        config: What to run.
        target: The cluster; None is a simulator of this run's own.
        out_dir: Folder of the results, new or empty; None is ``output.dir``, by default ``./asb-RUNID``.
        progress: Told how the run stands, in this thread.
        force: Run even where preflight finds that the cluster cannot carry it, or that another run has the pool.
        yes: More than 5,000 claims per second, or 1,000,000 in all, on a cluster are meant.

    Returns:
        The result. A run that is invalid as a measurement is one too: see ``Result.valid``.

    Raises:
        ConfigError: Bad input; nothing was touched.
        ClusterError: The cluster cannot carry the run; nothing was claimed.
        RunInterrupted: Ctrl-C; its ``result`` holds the run up to there.
    """
    return _logged(_native.run(configured(config, out_dir), target, _native.Stop(), progress, force, yes))


async def run_async(
    config: ConfigLike = None,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    force: bool = False,
    yes: bool = False,
) -> Result:
    """As `run`, for asyncio; `progress` is called in another thread.

    Cancelling it (as Ctrl-C does under ``asyncio.run``) ends the run cleanly before `asyncio.CancelledError` goes on.
    """
    stop = _native.Stop()
    decoded = configured(config, out_dir)
    return _logged(await stoppable(stop, _native.run, decoded, target, stop, progress, force, yes))


def _logged(result: Result) -> Result:
    """The result, after its warnings and its verdict were logged."""
    for warning in result.summary["warnings"]:
        _LOGGER.warning("%s", warning)
    _LOGGER.info("%r", result)
    return result
