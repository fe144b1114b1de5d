"""``summary.json``, schema_version 2. Durations are seconds, unless the name says ns."""

from typing import Literal, NotRequired, TypedDict

from agent_sandbox_bench.typed.attribution import Attribution
from agent_sandbox_bench.typed.claim import ClassName, OutcomeName, StepKind
from agent_sandbox_bench.typed.figures import Figures, Interval, LatencyName
from agent_sandbox_bench.typed.pods import Nodes, Pods
from agent_sandbox_bench.typed.sources import SourceSummary
from agent_sandbox_bench.typed.stack import Installation


class Target(TypedDict):
    """What was measured."""

    kind: Literal["simulator", "cluster"]
    server_version: str | None
    agent_sandbox_version: str | None
    api_version: str
    installation: Installation
    connections: int
    http_version: str


class Environment(TypedDict):
    """The machine that a run was made from; `python` is None where Python did not start it."""

    host: str
    os: str
    kernel: str
    arch: str
    cpu: str | None
    cores: int | None
    memory_bytes: int | None
    python: str | None


class Load(TypedDict):
    """The load; `rate` is null where the shape has no one rate."""

    object: Literal["claim", "sandbox", "pod"]
    arrivals: str
    rate: float | None
    duration_s: float
    seed: int
    planned: int
    loop: Literal["open", "closed"]


class Until(TypedDict):
    """What became of `load.until`; `within` and `half_width` are shares of the figure."""

    figure: str
    within: float
    at_most_s: float
    reached: bool
    half_width: float | None
    interval: Interval | None


class Window(TypedDict):
    """Ten seconds, by intended instant."""

    start_s: float
    planned: int
    sent: int
    ready: int
    p50: float | None
    p99: float | None


class Objective(TypedDict):
    """An objective, its figure, and whether it was met."""

    expression: str
    value: float | None
    met: bool
    bound: bool
    undecided: bool


class Generator(TypedDict):
    """What the measuring took."""

    cpu_s: float
    max_rss_bytes: int
    connections_opened: int
    watch_relists: int


class ControllerCost(TypedDict):
    """What a controller's program took."""

    cpu_s: float
    cpu_s_per_claim: float | None
    max_rss_bytes: int


class RequestCount(TypedDict):
    """Requests of one verb, resource and program; `conflicts` are among the `errors`."""

    verb: Literal["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "other"]
    resource: str
    user_agent: str
    count: int
    errors: int
    conflicts: int
    bytes: int
    watch_events: int


class ServerRequests(RequestCount):
    """The same by claims created; null of watches, and without claims."""

    per_claim: float | None


class Server(TypedDict):
    """What the API server counted between two instants of the run."""

    from_ns: int
    to_ns: int
    claims: int
    per_claim: float | None
    conflicts: int
    errors: int
    watch_events: int
    bytes: int
    requests: list[ServerRequests]


class Exec(TypedDict):
    """The workload's first commands: one for each claim that became ready and was still wanted."""

    attempted: int
    ok: int
    failed: int
    ok_fraction: float | None
    reasons: dict[str, int]


class StepRates(TypedDict):
    """Bytes of a step's file over each percentile of its latency, in 10^6 bytes a second: `p99` is slow."""

    p50: float
    p90: float
    p95: float
    p99: float
    p999: float


class SessionStep(TypedDict):
    """A step of the sessions; its latency runs from the end of the step before.

    `bytes` and `mb_per_s` are of a step that writes or reads a file, and None of others.
    """

    name: str
    kind: StepKind
    attempted: int
    ok: int
    failed: int
    ok_fraction: float | None
    reasons: dict[str, int]
    latency_s: Figures | None
    bytes: int | None
    mb_per_s: StepRates | None


class Phase(TypedDict):
    """One phase of a run of several."""

    name: str
    warm_up: bool
    load: Load
    outcomes: dict[OutcomeName, int]
    reasons: dict[str, int]
    classes: dict[ClassName, int]
    achieved_ratio: float
    latency_s: dict[LatencyName, Figures | None]


class Bucket(TypedDict):
    """Where a percentile of a Prometheus histogram lies."""

    above_s: float
    at_most_s: float | None


class Buckets(TypedDict):
    """Figures of a Prometheus histogram."""

    count: int
    mean_s: float
    p50: Bucket
    p99: Bucket


class ControllerMetrics(TypedDict):
    """What the controller counted while the run lasted."""

    source: str
    creations: dict[str, int]
    histograms: dict[str, Buckets | None]
    counters: NotRequired[dict[str, int]]
    warmpool_size: NotRequired[int]
    empty_because: NotRequired[dict[str, str]]


class Pool(TypedDict):
    """What a run did to a pool."""

    namespace: str
    name: str
    wanted: int
    ready_at_start: int
    lowest_ready: int
    time_to_full_s: float | None
    full_after_release_s: float | None
    drain_rate: float | None
    refill_rate: float | None


class Runner(TypedDict):
    """One of several runners; what a lost one never reported is None."""

    index: int
    node: str
    outcome: Literal["done", "stopped", "lost"]
    message: str | None
    outcomes: dict[OutcomeName, int] | None
    achieved_ratio: float | None
    schedule_lag_p99_s: float | None
    clock_offset_s: float | None
    clock_uncertainty_s: float | None
    clock_drift_s: float | None
    clock_drift_uncertainty_s: float | None
    cpu_s: float | None
    max_rss_bytes: int | None
    connections_opened: int | None
    watch_relists: int | None
    valid: bool
    invalid_reasons: list[str]


class Summary(TypedDict):
    """A run in one document."""

    schema_version: int
    run_id: str
    started_at: str
    tool_version: str
    labels: dict[str, str]
    environment: Environment | None
    monotonic_base_ns: int
    interrupted: bool
    target: Target
    valid: bool
    invalid_reasons: list[str]
    warnings: list[str]
    load: Load
    until: NotRequired[Until]
    outcomes: dict[OutcomeName, int]
    reasons: dict[str, int]
    classes: dict[ClassName, int]
    class_uncertain: int
    exec: Exec | None
    steps: list[SessionStep]
    achieved_ratio: float
    peak_in_flight: int
    peak_alive: int
    latency_s: dict[LatencyName, Figures | None]
    windows: list[Window]
    phases: NotRequired[list[Phase]]
    attribution: Attribution | None
    controller_metrics: ControllerMetrics | None
    pods: Pods | None
    nodes: Nodes | None
    pools: list[Pool]
    slo: list[Objective]
    generator: Generator
    controller: ControllerCost | None
    server: Server | None
    sources: list[SourceSummary]
    runners: NotRequired[list[Runner]]
