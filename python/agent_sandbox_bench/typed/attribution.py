"""``attribution`` of ``summary.json``: why claims were slow. Times are seconds; instants count from the run's start."""

from typing import Literal, NotRequired, TypedDict

Stage = Literal[
    "generator", "connection", "api_create", "flow_control", "queue", "work", "candidate", "conflict",
    "pod_scheduling", "pod_start", "status_write", "watch_delivery", "unexplained",
]  # fmt: skip
Cause = Literal[
    "slow_node", "pool_empty", "watch", "controller_pause", "conflicts", "controller_busy", "flow_control",
    "api_latency",
]  # fmt: skip
SuspectFigure = Literal[
    "node_share", "not_warm_share", "listed_share", "delivery_s", "standstill_s", "conflict_share", "controller_s",
    "seat_s", "pushback_share", "create_s",
]  # fmt: skip


class StageTotal(TypedDict):
    """What one stage took of the ready claims that spent time in it; `share` is of the time of all."""

    stage: Stage
    share: float
    claims: int
    mean_s: float
    p99_s: float
    max_s: float


class Suspect(TypedDict):
    """What was otherwise during an episode; `quiet` is the figure of the rest of the run."""

    cause: Cause
    figure: SuspectFigure
    episode: float
    quiet: float | None
    node: NotRequired[str]


class Episode(TypedDict):
    """Slow claims that waited at the same time for the same; `slowest` are indices, `suspects` the likeliest first."""

    from_s: float
    to_s: float
    stage: Stage
    claims: int
    timed_out: int
    total_s: float
    longest_s: float
    suspects: list[Suspect]
    slowest: list[int]


class Attribution(TypedDict):
    """Where the time went, and the slow claims; `others` are indices of those in no episode."""

    stages: list[StageTotal]
    slow_s: float
    slow: int
    episodes: list[Episode]
    others: list[int]
    unlisted: int
