"""The agent-sandbox stack on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_sandbox_bench import _native
from agent_sandbox_bench._calls import ended, ended_async
from agent_sandbox_bench._native import Cluster, Config
from agent_sandbox_bench._types import ConfigLike

if TYPE_CHECKING:
    from agent_sandbox_bench.typed import Findings, Installed, Removed, Status


def install(config: ConfigLike = None, *, target: Cluster | None = None, migrate: bool = False) -> Installed:
    """Brings the stack to what the configuration says, and waits for it; what stands so is not touched.

    Args:
        config: What to install; its ``stack``.
        target: The cluster; None is a simulator that ends with the call.
        migrate: Rewrite objects that are stored in a version of the API that the release to install no longer has.

    Returns:
        What was installed: ``manifest_ref``, ``api_version``, ``runtime_class``, ``steps`` with their seconds,
        ``warnings``.

    Raises:
        ConfigError: Bad input; nothing was touched.
        ClusterError: The cluster cannot be reached.
        StackError: It did not come to stand, or belongs to somebody else; the message says why.
    """
    return ended(_native.install(Config(config), target, migrate))


def uninstall(config: ConfigLike = None, *, target: Cluster | None = None) -> Removed:
    """Removes what `install` installed, and nothing else.

    Returns:
        The ``objects`` that went, the ``nodes`` that were put back, and what was ``kept``, with the reason.

    Raises:
        ClusterError: The cluster cannot be reached.
        StackError: It could not be removed.
    """
    return ended(_native.uninstall(Config(config), target))


def status(config: ConfigLike = None, *, target: Cluster | None = None) -> Status:
    """Looks at the stack; changes nothing.

    Returns:
        Its ``parts`` (``part``, ``name``, ``details``, ``owner``, ``ready``), the ``problems`` in the cluster's own
        words, and ``ready`` where a run can start.

    Raises:
        ClusterError: The cluster cannot be reached.
    """
    return ended(_native.status(Config(config), target))


def preflight(config: ConfigLike = None, *, target: Cluster | None = None) -> Findings:
    """Asks whether the cluster can carry this run; changes nothing.

    Returns:
        The ``findings`` (``severity`` blocker or warning, ``what``, ``why``, ``next``), the checks that stayed
        ``unchecked``, and ``blocked`` where a run must not start.

    Raises:
        ConfigError: Bad input.
        ClusterError: The kubeconfig cannot be used. A server that does not answer is a finding.
    """
    return ended(_native.preflight(Config(config), target))


async def install_async(
    config: ConfigLike = None, *, target: Cluster | None = None, migrate: bool = False
) -> Installed:
    """As `install`, for asyncio."""
    return await ended_async(_native.install(Config(config), target, migrate))


async def uninstall_async(config: ConfigLike = None, *, target: Cluster | None = None) -> Removed:
    """As `uninstall`, for asyncio."""
    return await ended_async(_native.uninstall(Config(config), target))


async def preflight_async(config: ConfigLike = None, *, target: Cluster | None = None) -> Findings:
    """As `preflight`, for asyncio."""
    return await ended_async(_native.preflight(Config(config), target))


async def status_async(config: ConfigLike = None, *, target: Cluster | None = None) -> Status:
    """As `status`, for asyncio."""
    return await ended_async(_native.status(Config(config), target))
