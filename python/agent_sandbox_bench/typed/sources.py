"""A line of ``metrics.jsonl``, and what became of each source."""

from typing import Literal, NotRequired, TypedDict

SourceName = Literal["controller", "api_server", "generator", "machine", "kubelets", "runsc"]


class SourceValue(TypedDict):
    """One value; over the labels that are not there it is the sum."""

    name: str
    labels: NotRequired[dict[str, str]]
    kind: Literal["counter", "gauge"]
    unit: Literal["s", "bytes", "%", "1"]
    value: float


class SourceReading(TypedDict):
    """What a source said `t_s` seconds after the run's start; all are asked at the same instants."""

    source: SourceName
    t_s: float
    values: list[SourceValue]


class SourceSummary(TypedDict):
    """How often a source was read, how often it gave nothing, and why; `reason` is None if it always answered."""

    source: SourceName
    reads: int
    missed: int
    reason: str | None
