"""Two runs side by side."""

from __future__ import annotations

import os
from typing import Any

from agent_sandbox_bench import _native
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._threads import in_thread


def compare(
    base: Result | str | os.PathLike[str],
    new: Result | str | os.PathLike[str],
    *,
    force: bool = False,
    html: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Compares two runs of the same load and workload.

    Args:
        base: The run to compare with, or its folder.
        new: The run in question, or its folder.
        force: Compare runs of unlike load or workload all the same.
        html: File for a page that shows the comparison.

    Returns:
        The ``differences``, one for each figure (``metric``, ``base``, ``new``, ``change`` as a share, ``interval``,
        ``regression``, ``improvement``), the parts in which the runs are ``unlike``, and ``regressed`` where a figure
        is worse beyond chance.

    Raises:
        ConfigError: A folder holds no run, or the runs are unlike.
    """
    return _native.compare(_folder(base), _folder(new), force, html)


async def compare_async(
    base: Result | str | os.PathLike[str],
    new: Result | str | os.PathLike[str],
    *,
    force: bool = False,
    html: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """As `compare`, for asyncio."""
    return await in_thread(compare, base, new, force=force, html=html)


def _folder(run: Result | str | os.PathLike[str]) -> str | os.PathLike[str]:
    return run.out_dir if isinstance(run, Result) else run
