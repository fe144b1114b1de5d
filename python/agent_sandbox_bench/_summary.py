"""The types of ``summary.json`` (schema_version 2) and of a line of ``claims.jsonl``.

Durations are seconds, unless the name says ns.
"""

from typing import Literal, NotRequired, TypedDict

OutcomeName = Literal["ready", "failed", "timed_out", "rejected", "not_sent"]
ClassName = Literal["warm", "warm_unready", "cold"]


Interval = tuple[float | None, float | None]


class Intervals(TypedDict):
    """The 95 % interval of each percentile, low and high; None where there is none, or no such end."""

    p50: Interval | None
    p90: Interval | None
    p95: Interval | None
    p99: Interval | None
    p999: Interval | None


class Adequate(TypedDict):
    """Whether each percentile can be taken as it is; False where too few claims lie beyond it."""

    p50: bool
    p90: bool
    p95: bool
    p99: bool
    p999: bool


class Errors(TypedDict):
    """By how many seconds the generator's own lateness made each percentile too high, at most."""

    p50: float
    p90: float
    p95: float
    p99: float
    p999: float


class Figures(TypedDict):
    """A distribution; `bounds` names the figures that are lower bounds."""

    count: int
    censored: int
    min: float
    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    p999: float
    max: float
    bounds: list[str]
    interval: Intervals
    error_s: Errors | None
    adequate: Adequate


class Installation(TypedDict):
    """What of agent-sandbox stands, as far as it may be looked at."""

    release: str | None
    image: str | None
    args: list[str]
    served_versions: list[str]
    stored_versions: list[str]
    conversion: Literal["None", "Webhook"] | None


class Target(TypedDict):
    """What was measured."""

    kind: Literal["simulator", "cluster"]
    server_version: str | None
    agent_sandbox_version: str | None
    api_version: str
    installation: Installation
    connections: int
    http_version: str


class Load(TypedDict):
    """The load; `rate` is null where the shape has no one rate."""

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
    """A service level objective and what it came to."""

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


class Exec(TypedDict):
    """The workload's commands: one for each claim that became ready and was still wanted."""

    attempted: int
    ok: int
    failed: int
    ok_fraction: float | None
    reasons: dict[str, int]


class Phase(TypedDict):
    """One phase of a run of several."""

    name: str
    warm_up: bool
    load: Load
    outcomes: dict[OutcomeName, int]
    reasons: dict[str, int]
    classes: dict[ClassName, int]
    achieved_ratio: float
    latency_s: dict[str, Figures | None]


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
    refill_rate: float | None


class Runner(TypedDict):
    """One of several runners; what a lost one never told is None."""

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
    achieved_ratio: float
    peak_in_flight: int
    peak_alive: int
    latency_s: dict[str, Figures | None]
    windows: list[Window]
    phases: NotRequired[list[Phase]]
    controller_metrics: ControllerMetrics | None
    pools: list[Pool]
    slo: list[Objective]
    generator: Generator
    controller: ControllerCost | None
    runners: NotRequired[list[Runner]]


_Class = TypedDict("_Class", {"class": ClassName | None})  # a keyword, so no field of a class statement


class Lateness(TypedDict):
    """How late the generator was with one claim, at most, in ns; None where that is not known."""

    sent: int | None
    acknowledged: int | None
    ready: int | None
    deleted: int | None
    capacity_back: int | None


class Claim(_Class):
    """One claim; instants are nanoseconds since the run's start, null where it did not happen."""

    index: int
    phase: str | None
    name: str
    namespace: str
    warm_pool: str
    runner: int | None
    outcome: OutcomeName
    reason: str | None
    class_uncertain: bool
    sandbox: str | None
    node: str | None
    intended_ns: int
    handed_over_ns: int | None
    sent_ns: int | None
    acknowledged_ns: int | None
    bound_ns: int | None
    ready_ns: int | None
    first_exec_ns: int | None
    exec_ended_ns: int | None
    released_ns: int | None
    deleted_ns: int | None
    capacity_back_ns: int | None
    ended_ns: int
    late_ns: Lateness
    retries: int
    upper_bound: bool
    controller_first_observed_at: str | None
    claim_first_ready_at: str | None
