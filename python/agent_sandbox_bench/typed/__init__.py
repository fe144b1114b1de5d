"""The dicts that go in and come out, typed: for annotations.

    from agent_sandbox_bench.typed import ConfigDict

    config: ConfigDict = {"load": {"rate": 50, "duration": "10s"}}

At run time they are plain dicts. All parts of a configuration are in `agent_sandbox_bench.typed.config`.
"""

from agent_sandbox_bench.typed.claim import Claim, ClassName, Lateness, OutcomeName
from agent_sandbox_bench.typed.comparison import ComparedRun, Comparison, ConfigDifference, Difference, Doubt, Verdict
from agent_sandbox_bench.typed.config import (
    ConfigDict,
    FaultConfig,
    LoadConfig,
    OutputConfig,
    PhaseConfig,
    SearchConfig,
    SimulatorConfig,
    StackConfig,
    StepConfig,
    ValidityConfig,
    WarmPoolConfig,
    WorkloadConfig,
)
from agent_sandbox_bench.typed.figures import Adequate, Errors, Figures, Interval, Intervals, LatencyName
from agent_sandbox_bench.typed.progress import RunProgress
from agent_sandbox_bench.typed.search import (
    Answer,
    Expected,
    FigureEvidence,
    Limit,
    SearchReport,
    SearchStep,
    ShareEvidence,
    StepVerdict,
)
from agent_sandbox_bench.typed.simulator import ClaimTruth, ExecTruth, FaultTruth
from agent_sandbox_bench.typed.stack import Finding, Findings, Installation, Installed, Part, Removed, Status, Step
from agent_sandbox_bench.typed.summary import (
    Bucket,
    Buckets,
    ControllerCost,
    ControllerMetrics,
    Environment,
    Exec,
    Generator,
    Load,
    Objective,
    Phase,
    Pool,
    Runner,
    Summary,
    Target,
    Until,
    Window,
)

__all__ = [
    "Adequate",
    "Answer",
    "Bucket",
    "Buckets",
    "Claim",
    "ClaimTruth",
    "ClassName",
    "ComparedRun",
    "Comparison",
    "ConfigDict",
    "ConfigDifference",
    "ControllerCost",
    "ControllerMetrics",
    "Difference",
    "Doubt",
    "Environment",
    "Errors",
    "Exec",
    "ExecTruth",
    "Expected",
    "FaultConfig",
    "FaultTruth",
    "FigureEvidence",
    "Figures",
    "Finding",
    "Findings",
    "Generator",
    "Installation",
    "Installed",
    "Interval",
    "Intervals",
    "LatencyName",
    "Lateness",
    "Limit",
    "Load",
    "LoadConfig",
    "Objective",
    "OutcomeName",
    "OutputConfig",
    "Part",
    "Phase",
    "PhaseConfig",
    "Pool",
    "Removed",
    "RunProgress",
    "Runner",
    "SearchConfig",
    "SearchReport",
    "SearchStep",
    "ShareEvidence",
    "SimulatorConfig",
    "StackConfig",
    "Status",
    "Step",
    "StepConfig",
    "StepVerdict",
    "Summary",
    "Target",
    "Until",
    "ValidityConfig",
    "Verdict",
    "WarmPoolConfig",
    "Window",
    "WorkloadConfig",
]
