"""The figures of a latency. Durations are seconds."""

from typing import Literal, TypedDict

LatencyName = Literal[
    "time_to_ready",
    "time_to_ready_from_sent",
    "time_to_ready_warm",
    "time_to_ready_warm_unready",
    "time_to_ready_cold",
    "schedule_lag",
    "connection_wait",
    "create_ack",
    "time_to_first_exec",
    "time_to_pod_created",
    "time_to_pod_scheduled",
    "time_to_pod_started",
    "time_to_pod_ready",
    "time_to_deleted",
    "time_to_capacity_back",
    "controller_time_to_ready",
]
"""The latencies of a run; docs/interface.md says from which instant to which."""

Interval = list[float | None]
"""Low and high end; None where nothing bounds it."""


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
    """How many seconds too high the generator's own lateness made each percentile at most."""

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
