"""Removing what killed runs left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Never

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._errors import ConfigError
from agent_sandbox_bench._native import Cluster


def cleanup(
    target: Cluster, *, run_id: str | None = None, all_runs: bool = False, namespaces: Sequence[str] = ()
) -> list[str]:
    """Removes what killed runs left, found by label, without asking.

    Args:
        target: The cluster.
        run_id: The run, as its config.yaml says.
        all_runs: Every run's leftovers instead.
        namespaces: Only these; all of them where empty.

    Returns:
        The claims removed, then the bare Sandboxes and Pods, as ``namespace/name``.

    Raises:
        ConfigError: Not exactly one of `run_id` and `all_runs` is given, or `run_id` cannot be one.
        ClusterError: The server refuses, or does not answer.
    """
    return ended(_begun(target, run_id, all_runs, namespaces))


async def cleanup_async(
    target: Cluster, *, run_id: str | None = None, all_runs: bool = False, namespaces: Sequence[str] = ()
) -> list[str]:
    """As `cleanup`, for asyncio."""
    return await ended_async(_begun(target, run_id, all_runs, namespaces))


def _begun(
    target: Cluster, run_id: str | None, all_runs: bool, namespaces: Sequence[str]
) -> _native.Call[list[str], Never]:
    if all_runs == (run_id is not None):
        raise ConfigError("run_id: allowed: either run_id or all_runs=True", "run_id")
    return _native.cleanup(target, run_id, list(namespaces))
