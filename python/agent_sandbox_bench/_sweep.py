"""Every combination of settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended_async, ended_in_parts
from agent_sandbox_bench._config import configured
from agent_sandbox_bench._native import Cluster
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import SweepPoint, SweepReport

FIGURES = ("time_to_ready.p50", "time_to_ready.p99", "ready_fraction")


def sweep(
    config: ConfigLike,
    keys: Mapping[str, Sequence[object]],
    *,
    figures: Sequence[str] = FIGURES,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_point: Callable[[SweepPoint], object] | None = None,
    force: bool = False,
    yes: bool = False,
) -> SweepReport:
    """Runs every combination of values, each in a folder of its own; goes on where it was stopped or killed.

    Args:
        config: What all points have in common. Its seed, or the one that is drawn, gives the schedule of each point.
        keys: Values by dotted path, such as ``{"load.rate": [5, 10]}``; the last key varies fastest.
        figures: What each point reports, as objectives name it. Of two there is a Pareto line.
        target: The cluster; None is a simulator of each point's own.
        out_dir: Folder of the sweep: new, empty, or that of the same sweep, whose points are then kept. None is
            ``output.dir``, by default a new one in the current folder.
        on_point: Called with each point that was run, in this thread; an exception it raises ends the sweep cleanly.
        force: Run where preflight finds that the cluster cannot carry a point, or that another run has the pool.
        yes: More than 5,000 claims per second, or 1,000,000 in all, on a cluster are meant.

    Returns:
        What ``sweep.json`` says: the ``keys``, the ``points`` in order, and ``out_dir``.

    Raises:
        ConfigError: Bad input, or a folder of another sweep; nothing was touched.
        ClusterError: The cluster cannot carry a point.
        RunInterrupted: Ctrl-C; the points so far are in the folder.
    """
    call = _native.sweep(configured(config, out_dir), _grid(keys), [*figures], target, force, yes)
    return ended_in_parts(call, "points", on_point)


async def sweep_async(
    config: ConfigLike,
    keys: Mapping[str, Sequence[object]],
    *,
    figures: Sequence[str] = FIGURES,
    target: Cluster | None = None,
    out_dir: str | os.PathLike[str] | None = None,
    on_point: Callable[[SweepPoint], object] | None = None,
    force: bool = False,
    yes: bool = False,
) -> SweepReport:
    """As `sweep`, for asyncio; `on_point` is called in the loop's thread. Cancelling it ends the point cleanly."""
    call = _native.sweep(configured(config, out_dir), _grid(keys), [*figures], target, force, yes)
    return await ended_async(call, on_point)


def _grid(keys: Mapping[str, Sequence[object]]) -> dict[str, list[dict[str, object]]]:
    return {"keys": [{"key": key, "values": list(values)} for key, values in keys.items()]}
