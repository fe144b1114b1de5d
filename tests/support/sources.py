"""What the sources said beside a run."""

from __future__ import annotations

import json
from typing import Any

from support.bench import Finished


def readings(finished: Finished, source: str) -> list[dict[str, Any]]:
    """The lines of one source in a run's `metrics.jsonl`."""
    lines = [json.loads(line) for line in (finished.out / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["source"] == source]


def value(reading: dict[str, Any], metric: str, /, **labels: str) -> float:
    """A value of a reading; 0 if the source does not have it yet."""
    found = [it["value"] for it in reading["values"] if it["name"] == metric and it.get("labels", {}) == labels]
    return float(sum(found))


def grown(lines: list[dict[str, Any]], metric: str, /, **labels: str) -> float:
    """By how much a counter grew from the first reading to the last."""
    return value(lines[-1], metric, **labels) - value(lines[0], metric, **labels)
