"""Figures of runs for other programs."""

from __future__ import annotations

import logging
import os
from typing import Literal, TypeAlias

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._result import Result

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
    return _logged(*ended(_native.export(_folders(runs), to, force)))


async def export_async(*runs: Result | str | os.PathLike[str], to: ExportFormat, force: bool = False) -> str:
    """As `export`, for asyncio."""
    return _logged(*await ended_async(_native.export(_folders(runs), to, force)))


def _folders(runs: tuple[Result | str | os.PathLike[str], ...]) -> list[str | os.PathLike[str]]:
    return [run.out_dir if isinstance(run, Result) else run for run in runs]


def _logged(text: str, left_out: list[str]) -> str:
    """The text, after what it leaves out was logged."""
    for sentence in left_out:
        _LOGGER.warning("%s", sentence)
    return text
