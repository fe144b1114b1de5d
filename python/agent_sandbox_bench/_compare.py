"""Two runs side by side."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._result import Result

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import Comparison


def compare(
    base: Result | str | os.PathLike[str],
    new: Result | str | os.PathLike[str],
    *,
    force: bool = False,
    html: str | os.PathLike[str] | None = None,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
) -> Comparison:
    """Compares two runs, or two sets of runs, of the same load and workload.

    Args:
        base: The run to compare with, or its folder, or the folder of a set of runs.
        new: The run or the set of runs in question.
        force: Compare runs of unlike load or workload, INVALID and interrupted ones too.
        html: File for a page that shows the comparison.
        margin: A relative change that does not matter, such as ``0.05`` or ``"5%"``; of shares it is 0.5 points.
        run_spread: How much two runs of one system may differ, where there are too few runs to know.

    Returns:
        The ``verdict`` (``worse``, ``better``, ``same`` or ``cannot_tell`` with a ``doubt``) and the same as a
        ``headline``; the ``differences``, one for each figure (``metric``, ``base``, ``new``, ``change`` as a fraction,
        ``interval``, ``verdict``, ``regression``, ``improvement``, ``unit``, ``blocks``, ``smallest_effect``); the
        ``runs`` with their validity; ``config_differences``, the parts in which the runs are ``unlike``, and
        ``environment_differences``; ``regressed`` where a figure is worse beyond chance.

    Raises:
        ConfigError: A folder holds no run, the runs are unlike, or one of them is INVALID or was interrupted.
    """
    return ended(_native.compare(_folder(base), _folder(new), force, html, str(margin), str(run_spread)))


async def compare_async(
    base: Result | str | os.PathLike[str],
    new: Result | str | os.PathLike[str],
    *,
    force: bool = False,
    html: str | os.PathLike[str] | None = None,
    margin: float | str = 0.05,
    run_spread: float | str = 0.1,
) -> Comparison:
    """As `compare`, for asyncio."""
    return await ended_async(_native.compare(_folder(base), _folder(new), force, html, str(margin), str(run_spread)))


def _folder(run: Result | str | os.PathLike[str]) -> str | os.PathLike[str]:
    return run.out_dir if isinstance(run, Result) else run
