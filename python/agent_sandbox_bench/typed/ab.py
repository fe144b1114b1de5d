"""``ab.json``, and what `ab` returns. Durations are seconds, changes fractions."""

from typing import Literal, NotRequired, TypedDict

from agent_sandbox_bench.typed.comparison import Comparison, Doubt, Verdict

AbSide = Literal["base", "new"]
AbEnd = Literal["told", "at_most", "looks", "invalid", "interrupted"]


class AbRun(TypedDict):
    """One run of a pair; `invalid` says why its pair is not compared."""

    side: AbSide
    pair: int
    folder: str
    run_id: str
    invalid: str | None
    p50_s: float | None
    took_s: float


class AbLook(TypedDict):
    """One comparison of all pairs so far."""

    pairs: int
    at_s: float
    headline: str
    verdict: Verdict
    doubt: NotRequired[Doubt]


class CalibratedLook(TypedDict):
    """The smallest slowdown of each figure that so many pairs show eight times of ten."""

    pairs: int
    about_s: float
    smallest: dict[str, float]


class Calibration(TypedDict):
    """How much runs of one system differ, by figure, and what follows from it."""

    spread: dict[str, float]
    looks: list[CalibratedLook]


class AbReport(TypedDict):
    """Two configurations run in turns; `comparison` is None where no pair was compared."""

    schema_version: int
    tool_version: str
    target: Literal["simulator", "cluster"]
    seed: int
    calibrate: bool
    force: bool
    at_most_s: float
    level_of_a_look: float
    planned_looks: list[int]
    runs: list[AbRun]
    looks: list[AbLook]
    ended: AbEnd | None
    took_s: float
    comparison: Comparison | None
    calibration: Calibration | None
    out_dir: str
