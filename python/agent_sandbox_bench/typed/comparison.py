"""What a comparison returns. Changes and intervals are fractions."""

from typing import Any, Literal, NotRequired, TypedDict

from agent_sandbox_bench.typed.figures import Interval
from agent_sandbox_bench.typed.summary import Environment

Verdict = Literal["worse", "better", "same", "cannot_tell"]
Doubt = Literal["too_few_claims", "too_few_blocks", "run_spread_unknown", "too_wide"]


class ComparedRun(TypedDict):
    """A run of a side."""

    folder: str
    run_id: str
    labels: dict[str, str]
    tool_version: str
    environment: Environment | None
    valid: bool
    invalid_reasons: list[str]
    interrupted: bool
    claims: int
    warm_up_claims: int


class ConfigDifference(TypedDict):
    """A field of the configuration or the environment whose values differ; None where it is not set."""

    field: str
    base: Any
    new: Any


class Difference(TypedDict):
    """A figure of both sides; `bounds` names the sides whose figure is a lower bound, `doubt` why it cannot be told."""

    metric: str
    base: float | None
    new: float | None
    bounds: list[Literal["base", "new"]]
    change: float | None
    interval: Interval | None
    regression: bool
    improvement: bool
    verdict: Verdict
    doubt: NotRequired[Doubt]
    unit: Literal["block", "run"]
    blocks: list[int]
    level: float
    smallest_effect: float | None
    more_runs: int | None


class Comparison(TypedDict):
    """Two sides compared; `doubt` is there where the verdict is ``cannot_tell``."""

    schema_version: int
    verdict: Verdict
    doubt: NotRequired[Doubt]
    headline: str
    regressed: bool
    more_runs: int | None
    level: float
    margin: float
    share_margin: float
    run_spread: float
    run_spread_unknown: bool
    runs: dict[Literal["base", "new"], list[ComparedRun]]
    unlike: list[str]
    config_differences: list[ConfigDifference]
    environment_differences: list[ConfigDifference]
    differences: list[Difference]
