"""What Python programs use."""

from agent_sandbox_bench._ab import ab, ab_async
from agent_sandbox_bench._baseline import baseline_check, baseline_check_async, baseline_set, baseline_set_async
from agent_sandbox_bench._cleanup import cleanup, cleanup_async
from agent_sandbox_bench._compare import compare, compare_async
from agent_sandbox_bench._errors import (
    AgentSandboxBenchError,
    ClusterError,
    ConfigError,
    NoFiguresError,
    RunInterrupted,
    StackError,
)
from agent_sandbox_bench._export import export, export_async
from agent_sandbox_bench._history import history, history_async
from agent_sandbox_bench._native import Cluster, Config, config_schema, preset
from agent_sandbox_bench._report import report, report_async
from agent_sandbox_bench._result import Result
from agent_sandbox_bench._run import run, run_async, start
from agent_sandbox_bench._search import search, search_async
from agent_sandbox_bench._simulator import Simulator
from agent_sandbox_bench._stack import (
    install,
    install_async,
    preflight,
    preflight_async,
    status,
    status_async,
    uninstall,
    uninstall_async,
)
from agent_sandbox_bench._start import AsyncRun, Run
from agent_sandbox_bench._sweep import sweep, sweep_async
from agent_sandbox_bench._types import ConfigLike, Progress

__all__ = [
    "AgentSandboxBenchError",
    "AsyncRun",
    "Cluster",
    "ClusterError",
    "Config",
    "ConfigError",
    "ConfigLike",
    "NoFiguresError",
    "Progress",
    "Result",
    "Run",
    "RunInterrupted",
    "Simulator",
    "StackError",
    "ab",
    "ab_async",
    "baseline_check",
    "baseline_check_async",
    "baseline_set",
    "baseline_set_async",
    "cleanup",
    "cleanup_async",
    "compare",
    "compare_async",
    "config_schema",
    "export",
    "export_async",
    "history",
    "history_async",
    "install",
    "install_async",
    "preflight",
    "preflight_async",
    "preset",
    "report",
    "report_async",
    "run",
    "run_async",
    "search",
    "search_async",
    "start",
    "status",
    "status_async",
    "sweep",
    "sweep_async",
    "uninstall",
    "uninstall_async",
]
