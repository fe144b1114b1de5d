"""What became of the Pods of sandboxes, and what their nodes felt. Instants and durations of a summary are seconds."""

from typing import Literal, TypedDict

from agent_sandbox_bench.typed.claim import PodInstants
from agent_sandbox_bench.typed.figures import Figures
from agent_sandbox_bench.typed.sources import SourceName

PodStage = Literal["scheduling", "image_pull", "start", "readiness", "whole", "ending"]


class Pod(PodInstants):
    """A line of ``pods.jsonl``; instants are nanoseconds since the run's start."""

    namespace: str
    name: str
    sandbox: str
    node: str | None
    claim: str | None
    intended_ns: int | None
    released_ns: int | None
    ending_ns: int | None
    gone_ns: int | None
    lost: bool


class PodGroup(TypedDict):
    """The Pods that were made for one purpose during the run."""

    group: Literal["claim", "pool"]
    pods: int
    ready_rate: float | None
    stages_s: dict[PodStage, Figures | None]


class Pods(TypedDict):
    """What a watch of the Pods showed; `reason` says why they were not watched, or not to the end."""

    reason: str | None
    events_reason: str | None
    seen: int
    gaps: int
    groups: list[PodGroup]
    release_to_gone_s: Figures | None
    pending: int


class Pressure(TypedDict):
    """How long programs of a node waited for a resource, in percent of the ten seconds before each reading."""

    source: SourceName
    node: str | None
    resource: Literal["cpu", "memory", "io"]
    waited: Literal["some", "full"]
    count: int
    mean_avg10: float
    max_avg10: float


class Memory(TypedDict):
    """Memory of sandboxes at the reading with most of them."""

    source: SourceName
    t_s: float
    sandboxes: int
    bytes: float
    bytes_per_sandbox: float


class Nodes(TypedDict):
    """What the nodes felt while the load lasted, by who told it."""

    pressure: list[Pressure]
    memory: list[Memory]
