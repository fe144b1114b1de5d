"""The page that shows a run."""

from __future__ import annotations

import os
from pathlib import Path

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._result import Result


def report(folder: Result | str | os.PathLike[str], *, out: str | os.PathLike[str] | None = None) -> Path:
    """Writes the page of a run, or of a search, from its folder; also of a run that was killed.

    Args:
        folder: The run, or its folder.
        out: File to write; None is ``report.html`` in the folder.

    Returns:
        The file.

    Raises:
        ConfigError: The folder holds no run, or the page cannot be written.
    """
    ended(_native.report(_folder(folder), out))
    return _page(folder, out)


async def report_async(folder: Result | str | os.PathLike[str], *, out: str | os.PathLike[str] | None = None) -> Path:
    """As `report`, for asyncio."""
    await ended_async(_native.report(_folder(folder), out))
    return _page(folder, out)


def _folder(folder: Result | str | os.PathLike[str]) -> str | os.PathLike[str]:
    return folder.out_dir if isinstance(folder, Result) else folder


def _page(folder: Result | str | os.PathLike[str], out: str | os.PathLike[str] | None) -> Path:
    return Path(_folder(folder), "report.html") if out is None else Path(out)
