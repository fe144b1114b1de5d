"""``search.json``, and what a search returns. Durations are seconds, rates claims per second."""

from typing import Literal, TypedDict

from agent_sandbox_bench.typed.claim import ClassName, OutcomeName
from agent_sandbox_bench.typed.figures import Figures

StepVerdict = Literal["met", "missed", "queue_growing", "undecided", "generator_limit", "failed"]
Limit = Literal["cluster", "generator", "max_rate", "time", "failed"]


class ShareEvidence(TypedDict):
    """An objective that limits the share of claims beyond it: `beyond` of the `of` claims are, `undecided` may be."""

    kind: Literal["share"]
    beyond: int
    undecided: int
    of: int
    allowed: float


class FigureEvidence(TypedDict):
    """An objective on one figure of the step."""

    kind: Literal["figure"]
    met: bool


class SearchStep(TypedDict):
    """One rate tried."""

    rate: float
    seed: int
    warm_up_s: float
    duration_s: float
    verdict: StepVerdict
    because: list[str]
    evidence: list[ShareEvidence | FigureEvidence]
    queue_growing: bool
    took_s: float
    folder: str
    planned: int
    achieved_ratio: float
    outcomes: dict[OutcomeName, int]
    classes: dict[ClassName, int]
    time_to_ready_s: Figures | None
    schedule_lag_p99_s: float | None
    warnings: list[str]


class Answer(TypedDict):
    """The highest rate that meets the objectives, with its 90 % interval; None where there is none."""

    rate: float | None
    low: float | None
    high: float | None
    settled: bool
    limited_by: Limit
    next_higher: float | None


class Expected(TypedDict):
    """How long the search was to take."""

    steps: int
    about_s: float
    most_s: float


class SearchReport(TypedDict):
    """A search in one document; `answer` is None where it was interrupted."""

    schema_version: int
    tool_version: str
    target: Literal["simulator", "cluster"]
    slo: list[str]
    tolerance: float
    arrivals: str
    step_s: float
    seed: int | None
    expected: Expected | None
    answer: Answer | None
    ended_early: str | None
    warnings: list[str]
    steps: list[SearchStep]
    out_dir: str
