"""A line of ``claims.jsonl``."""

from typing import Literal, NotRequired, TypedDict

from agent_sandbox_bench.typed.attribution import Stage

OutcomeName = Literal["ready", "failed", "timed_out", "rejected", "not_sent"]
ClassName = Literal["warm", "warm_unready", "cold"]
StepKind = Literal["exec", "execute", "write_file", "read_file", "http", "suspend", "resume"]

_Class = TypedDict("_Class", {"class": ClassName | None})  # a keyword, so no field of a class statement


class Lateness(TypedDict):
    """How late the generator was with one claim, at most, in ns; None where that is not known."""

    sent: int | None
    acknowledged: int | None
    ready: int | None
    deleted: int | None
    capacity_back: int | None


class ClaimStep(TypedDict):
    """A step of a claim's session, once for each time it was done.

    `reason` and `timeout_ns` are of one that failed, `bytes` of one that writes or reads a file.
    """

    step: str
    kind: StepKind
    from_ns: int
    ended_ns: int
    bytes: NotRequired[int]
    reason: NotRequired[str]
    timeout_ns: NotRequired[int]
    upper_bound: NotRequired[bool]


class PodInstants(TypedDict):
    """When a watch showed how far a Pod is, in ns; `gap` is True if an instant that is None may have come unseen."""

    created_ns: int | None
    scheduled_ns: int | None
    image_pulled_ns: int | None
    started_ns: int | None
    ready_ns: int | None
    gap: bool


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
    pod: NotRequired[PodInstants]
    intended_ns: int
    handed_over_ns: int | None
    sent_ns: int | None
    acknowledged_ns: int | None
    bound_ns: int | None
    ready_ns: int | None
    first_exec_ns: int | None
    exec_ended_ns: int | None
    steps: NotRequired[list[ClaimStep]]
    released_ns: int | None
    deleted_ns: int | None
    capacity_back_ns: int | None
    ended_ns: int
    late_ns: Lateness
    retries: int
    upper_bound: bool
    controller_first_observed_at: str | None
    claim_first_ready_at: str | None
    stages_ns: NotRequired[dict[Stage, int]]
