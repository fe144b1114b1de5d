"""One figure of many runs over time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._result import Result

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import HistoryReport


def history(
    *runs: Result | str | os.PathLike[str],
    figure: str = "time_to_ready.p50",
    by: str | None = None,
    out_dir: str | os.PathLike[str] | None = None,
) -> HistoryReport:
    """Follows a figure over runs, and finds where its level changes.

    Args:
        runs: Runs, or their folders, or folders that hold such folders.
        figure: The figure, as objectives name it.
        by: A label: the runs of each of its values are a series of their own.
        out_dir: Folder for ``history.json`` and the page ``index.html``; what is there is replaced.

    Returns:
        What ``history.json`` says: the ``series``, each with ``runs`` in order of time and ``changes``, and what is
        ``left_out``.

    Raises:
        ConfigError: No run has such a figure, or a folder holds no run.
    """
    return ended(_native.history(_folders(runs), figure, by, out_dir))


async def history_async(
    *runs: Result | str | os.PathLike[str],
    figure: str = "time_to_ready.p50",
    by: str | None = None,
    out_dir: str | os.PathLike[str] | None = None,
) -> HistoryReport:
    """As `history`, for asyncio."""
    return await ended_async(_native.history(_folders(runs), figure, by, out_dir))


def _folders(runs: tuple[Result | str | os.PathLike[str], ...]) -> list[str | os.PathLike[str]]:
    return [run.out_dir if isinstance(run, Result) else run for run in runs]
