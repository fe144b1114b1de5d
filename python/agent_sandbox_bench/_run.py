"""Runs."""

from __future__ import annotations

import os

from agent_sandbox_bench._config import configured
from agent_sandbox_bench._native import Cluster
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._start import Start
from agent_sandbox_bench._types import ConfigLike, Progress


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
        progress: Called with the progress of the run, in this thread.
        force: Run even where preflight finds that the cluster cannot carry it, or that another run has the pool.
        yes: Allow more than 5,000 claims per second, or 1,000,000 in all, on a cluster.

    Returns:
        The result, also of an INVALID run: see ``Result.valid``.

    Raises:
        ConfigError: Bad input; nothing was touched.
        ClusterError: The cluster cannot carry the run; nothing was claimed.
        RunInterrupted: Ctrl-C; its ``result`` holds the run up to there.
    """
    follow = progress is not None
    with Start(configured(config, out_dir), target, force=force, yes=yes, follow=follow) as running:
        if progress is not None:
            for now in running.progress():
                progress(now)
    return running.result()


async def run_async(
    config: ConfigLike = None,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    force: bool = False,
    yes: bool = False,
) -> Result:
    """As `run`, for asyncio; `progress` is called in the loop's thread.

    Cancelling it (as Ctrl-C does under ``asyncio.run``) ends the run cleanly before `asyncio.CancelledError` goes on.
    """
    follow = progress is not None
    async with Start(configured(config, out_dir), target, force=force, yes=yes, follow=follow) as running:
        if progress is not None:
            async for now in running.progress():
                progress(now)
    return await running.result()


def start(
    config: ConfigLike = None,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    force: bool = False,
    yes: bool = False,
) -> Start:
    """A run that is followed while it goes on.

        with asb.start(config) as run:
            for claim in run.claims():
                print(claim["name"], claim["outcome"])
        print(run.result())

    ``async with asb.start(config) as run`` gives the same for asyncio: ``async for claim in run.claims()``.

    Args:
        config: As of `run`.
        target: As of `run`.
        out_dir: As of `run`.
        force: As of `run`.
        yes: As of `run`.

    Returns:
        A context manager: ``with`` gives a `Run`, ``async with`` an `AsyncRun`. The run begins where the block begins.

    Raises:
        ConfigError: Bad input; nothing was touched.
    """
    return Start(configured(config, out_dir), target, force=force, yes=yes)
