"""Runs that later ones are compared with, in one small file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._result import Result

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import Comparison


def baseline_set(
    *runs: Result | str | os.PathLike[str], file: str | os.PathLike[str] = "baseline.json", force: bool = False
) -> Path:
    """Stores what a comparison needs of runs of one configuration.

    Args:
        runs: Runs, or their folders, or folders of sets of runs.
        file: The file to write.
        force: Store INVALID and interrupted runs, too.

    Returns:
        The file.

    Raises:
        ConfigError: A folder holds no run, the runs are unlike or have too many claims, or one is INVALID or was
            interrupted.
    """
    ended(_native.baseline_set(_folders(runs), file, force))
    return Path(file)


async def baseline_set_async(
    *runs: Result | str | os.PathLike[str], file: str | os.PathLike[str] = "baseline.json", force: bool = False
) -> Path:
    """As `baseline_set`, for asyncio."""
    await ended_async(_native.baseline_set(_folders(runs), file, force))
    return Path(file)


def baseline_check(
    *runs: Result | str | os.PathLike[str],
    file: str | os.PathLike[str] = "baseline.json",
    force: bool = False,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
) -> Comparison:
    """Compares runs with those that `baseline_set` stored, by the rules of `compare` and with the same verdict.

    Args:
        runs: The runs in question, or their folders, or folders of sets of runs.
        file: The baseline.
        force: As in `compare`.
        margin: As in `compare`.
        run_spread: As in `compare`.

    Returns:
        What `compare` returns.

    Raises:
        ConfigError: The file is no baseline, or as in `compare`.
    """
    return ended(_native.baseline_check(_folders(runs), file, force, str(margin), str(run_spread)))


async def baseline_check_async(
    *runs: Result | str | os.PathLike[str],
    file: str | os.PathLike[str] = "baseline.json",
    force: bool = False,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
) -> Comparison:
    """As `baseline_check`, for asyncio."""
    return await ended_async(_native.baseline_check(_folders(runs), file, force, str(margin), str(run_spread)))


def _folders(runs: tuple[Result | str | os.PathLike[str], ...]) -> list[str | os.PathLike[str]]:
    return [run.out_dir if isinstance(run, Result) else run for run in runs]
