"""Figures of runs for other programs."""

from __future__ import annotations

import logging
import os
from typing import Literal, TypeAlias

from agent_sandbox_bench import _native
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._threads import in_thread

ExportFormat: TypeAlias = Literal["bmf", "github-action", "otava", "benchstat", "csv"]

_LOGGER = logging.getLogger("agent_sandbox_bench")


def export(*runs: Result | str | os.PathLike[str], to: ExportFormat, force: bool = False) -> str:
    """The figures of runs in the form of the program that reads them.

    What is left out, such as a percentile that is a lower bound, is logged as a warning.

    Args:
        runs: Runs, or their folders, or folders of sets of runs.
        to: ``bmf`` (Bencher), ``github-action`` (github-action-benchmark), ``otava``, ``benchstat`` or ``csv``.
        force: Export INVALID and interrupted runs, too.

    Returns:
        The text, as the command ``export`` prints it.

    Raises:
        ConfigError: A folder holds no run, or a run is INVALID or was interrupted.
    """
    folders = [run.out_dir if isinstance(run, Result) else run for run in runs]
    text, left_out = _native.export(folders, to, force)
    for sentence in left_out:
        _LOGGER.warning("%s", sentence)
    return text


async def export_async(*runs: Result | str | os.PathLike[str], to: ExportFormat, force: bool = False) -> str:
    """As `export`, for asyncio."""
    return await in_thread(export, *runs, to=to, force=force)
