"""The results as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from result import Result

HEADINGS = (
    "tool", "claims/s asked", "achieved", "claims per CPU-second", "peak memory", "p50 true", "p50 reported",
    "p99 true", "p99 reported", "note",
)  # fmt: skip


def table(results: list[Result]) -> str:
    """A table for each rate, the ratio of each tool to the first beneath its claims per CPU-second."""
    parts = []
    for rate, group in groupby(results, key=lambda result: result.target_rate):
        rows = list(group)
        lines = [f"### {rate:.0f} claims/s", "", line(HEADINGS), line("---" for _ in HEADINGS)]
        lines += [line(row(result, rows[0])) for result in rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def row(result: Result, first: Result) -> list[str]:
    """One tool."""
    ratio = result.claims_per_cpu_second / first.claims_per_cpu_second
    beside = "" if result is first else f" ({ratio:.2f})"
    return [
        result.tool,
        f"{result.target_rate:.0f}",
        f"{result.achieved:.1%}",
        f"{result.claims_per_cpu_second:.0f}{beside}",
        f"{result.max_rss_bytes / 1e6:.0f} MB",
        milliseconds(result.true_p50),
        against(result.reported_p50, result.true_p50),
        milliseconds(result.true_p99),
        against(result.reported_p99, result.true_p99),
        result.note,
    ]


def milliseconds(seconds: float | None) -> str:
    """A time, or that there is none."""
    return "none" if seconds is None else f"{seconds * 1e3:.2f} ms"


def against(reported: float | None, true: float | None) -> str:
    """A reported time, and by how much it is off."""
    if reported is None or true is None:
        return "none"
    return f"{milliseconds(reported)} ({reported / true - 1:+.0%})"


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
