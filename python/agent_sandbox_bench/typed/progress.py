"""The progress of a run. Durations are seconds, rates claims per second."""

from typing import TypedDict

from agent_sandbox_bench.typed.claim import ClassName, OutcomeName


class RunProgress(TypedDict):
    """A run so far. `*_now` is of its last seconds; a percentile whose `*_is_bound` is true is a lower bound."""

    elapsed_s: float
    duration_s: float | None
    may_end_before: bool
    total: int
    planned: int
    sent: int
    in_flight: int
    held: int
    failed: int
    not_sent: int
    pool_ready: int
    pool_wanted: int
    outcomes: dict[OutcomeName, int]
    classes: dict[ClassName, int]
    reasons: dict[str, int]
    rate_now: float | None
    rate_planned: float | None
    p50: float | None
    p99: float | None
    p50_is_bound: bool
    p99_is_bound: bool
    p50_now: float | None
    p99_now: float | None
    p50_now_is_bound: bool
    p99_now_is_bound: bool
    schedule_lag_p99: float | None
    schedule_lag_limit_s: float
    hold_s: float
    ready_timeout_s: float
    last_ready_s: float | None
