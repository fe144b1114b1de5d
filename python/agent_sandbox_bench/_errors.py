"""What can go wrong. Defined here and raised by the native module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_sandbox_bench._result import Result


class AgentSandboxBenchError(Exception):
    """Base of every error of this package."""


class ConfigError(AgentSandboxBenchError, ValueError):
    """Bad input; nothing was touched. The message names the field, what it held and what is allowed.

    Attributes:
        field: Path of the field, such as ``load.rate``; empty if no single field is wrong.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ClusterError(AgentSandboxBenchError):
    """A cluster that cannot be reached or used; the message says what to do next."""


class StackError(AgentSandboxBenchError):
    """The agent-sandbox stack could not be installed, removed or examined."""


class NoFiguresError(AgentSandboxBenchError, LookupError):
    """A latency that no claim of the run has; the message names those that have figures."""


class RunInterrupted(AgentSandboxBenchError):  # noqa: N818 - what happened, as KeyboardInterrupt
    """A run that Ctrl-C ended: what was claimed is released and what was measured is written.

    Attributes:
        result: The run up to there; None where it ended before the first claim.
    """

    result: Result | None = None
