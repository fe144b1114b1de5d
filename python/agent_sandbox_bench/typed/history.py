"""``history.json``, and what `history` returns. Durations are seconds."""

from typing import TypedDict

from agent_sandbox_bench.typed.figures import Interval


class HistoryRun(TypedDict):
    """A run; `invalid` says why it is in no level, `differs` where it differs from the run before."""

    folder: str
    run_id: str
    started_at: str
    labels: dict[str, str]
    value: float | None
    bound: bool
    interval: Interval | None
    invalid: str | None
    differs: list[str]


class HistoryChange(TypedDict):
    """A new level of the figure, from the run at place `run` of the series on."""

    run: int
    run_id: str
    started_at: str
    before: float
    after: float
    change: float | None
    bound: bool


class HistorySeries(TypedDict):
    """Runs of one value of the label, in order of time."""

    label: str | None
    runs: list[HistoryRun]
    changes: list[HistoryChange]


class HistoryReport(TypedDict):
    """One figure of many runs."""

    schema_version: int
    tool_version: str
    figure: str
    by: str | None
    series: list[HistorySeries]
    left_out: list[str]
