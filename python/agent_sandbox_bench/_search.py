"""The highest rate that meets its objectives."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended_async, ended_in_parts
from agent_sandbox_bench._config import configured
from agent_sandbox_bench._native import Cluster
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import SearchReport, SearchStep


def search(
    config: ConfigLike,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_step: Callable[[SearchStep], object] | None = None,
    force: bool = False,
    yes: bool = False,
) -> SearchReport:
    """Searches the highest rate that meets the objectives of ``config``'s ``slo``, starting at ``load.rate``.

    Each step is a run with its own seed and its own folder within the search's. It has a warm-up, then at least 10 s
    and 40 times the longest latency that an objective allows. Between steps the pools fill again. Steps that missed,
    failed or could not be sent are repeated before they count.

    Args:
        config: The load, one objective or more, and ``search``: its ``tolerance``, a share of the rate, and
            ``max_rate``, in claims per second.
        target: The cluster; None is a simulator of each step's own.
        out_dir: Folder of the search, new or empty; None is ``output.dir``, by default one in the current folder.
        on_step: Called with each step, in this thread; an exception it raises ends the search cleanly.
        force: Go on where preflight finds that the cluster cannot carry a step, or that another run has the pool.
        yes: Allow a ``search.max_rate`` above 5,000 claims per second on a cluster.

    Returns:
        What ``search.json`` says: ``answer`` (``rate`` in claims/s or None, its 90 % interval from ``low`` to ``high``,
        ``settled`` where both are within the tolerance, ``limited_by`` cluster, generator, max_rate, time or failed,
        ``next_higher``), the ``steps`` in order, ``expected`` time, ``warnings``, and ``out_dir``.

    Raises:
        ConfigError: Bad input; nothing was touched.
        ClusterError: The cluster cannot carry the first step.
        RunInterrupted: Ctrl-C; the steps so far are in the folder.
    """
    call = _native.search(configured(config, out_dir), target, force, yes)
    return ended_in_parts(call, "steps", on_step)


async def search_async(
    config: ConfigLike,
    *,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_step: Callable[[SearchStep], object] | None = None,
    force: bool = False,
    yes: bool = False,
) -> SearchReport:
    """As `search`, for asyncio; `on_step` is called in the loop's thread. Cancelling it ends the search cleanly."""
    return await ended_async(_native.search(configured(config, out_dir), target, force, yes), on_step)
