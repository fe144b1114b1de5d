"""``sweep.json``, and what `sweep` returns. Durations are seconds."""

from typing import Any, Literal, TypedDict

from agent_sandbox_bench.typed.claim import OutcomeName
from agent_sandbox_bench.typed.figures import Interval


class SweepKey(TypedDict):
    """A field that varies."""

    key: str
    values: list[Any]


class SweptPool(TypedDict):
    """A pool of a cluster, as large as it was found."""

    namespace: str
    name: str
    replicas: int


class FigureValue(TypedDict):
    """A figure of a run; `bound` says that it is a lower bound."""

    value: float | None
    bound: bool
    interval: Interval | None


class SweepPoint(TypedDict):
    """A point; `invalid` says why it is not a measurement, `pareto` whether no other is better in both figures."""

    place: int
    folder: str
    values: dict[str, Any]
    run_id: str
    started_at: str
    invalid: str | None
    outcomes: dict[OutcomeName, int]
    slo_met: bool | None
    figures: dict[str, FigureValue]
    pareto: bool | None
    took_s: float


class SweepReport(TypedDict):
    """Every combination of settings; `done` says that all points are there."""

    schema_version: int
    tool_version: str
    target: Literal["simulator", "cluster"]
    cluster: str | None
    keys: list[SweepKey]
    config: dict[str, Any]
    seed: int
    simulator_seed: int
    pools: list[SweptPool]
    figures: list[str]
    planned: int
    done: bool
    points: list[SweepPoint]
    out_dir: str
