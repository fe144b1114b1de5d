"""Folders of runs with made-up times to ready: the same verdict on any machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from support.bench import Finished

# Intended instant and time to ready of a claim, in seconds; one that never became ready has none.
Claim = tuple[float, float | None]
# What the run is made of whose folder the others are made of.
PHASES = "[{name: warm-up, warm_up: true, rate: 50, total: 5}, {name: steady, rate: 50, total: 5}]"


def steady(seed: int, factor: float = 1, failed: float = 0) -> list[Claim]:
    """A claim each 10 ms, ready after 40 to 60 ms; a part of them never."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    times = [(chance.uniform(0.04, 0.06) * factor, chance.random() < failed) for _ in range(4000)]
    return [(index / 100, None if fails else time) for index, (time, fails) in enumerate(times)]


def unchanged(summary: dict[str, Any]) -> None:
    """Leaves the summary as it is."""


def made(
    run: Finished,
    folder: Path,
    claims: Iterable[Claim],
    warm_up: Iterable[Claim] = (),
    change: Callable[[dict[str, Any]], object] = unchanged,
) -> Path:
    """The run's folder with other claims, and a summary that `change` has changed."""
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text((run.out / "config.yaml").read_text())
    summary = run.summary
    change(summary)
    (folder / "summary.json").write_text(json.dumps(summary))
    phases = [("warm-up", claim) for claim in warm_up] + [("steady", claim) for claim in claims]
    lines = [line(run.claims[0], index, phase, claim) for index, (phase, claim) in enumerate(phases)]
    (folder / "claims.jsonl").write_text("".join(lines))
    return folder


def line(pattern: dict[str, Any], index: int, phase: str, claim: Claim) -> str:
    intended, time = claim
    intended_ns = round(intended * 1e9)
    end_ns = intended_ns + round((180 if time is None else time) * 1e9)
    ready_ns, outcome = (None, "timed_out") if time is None else (end_ns, "ready")
    changes = {"index": index, "phase": phase, "intended_ns": intended_ns, "ready_ns": ready_ns, "ended_ns": end_ns}
    return json.dumps({**pattern, **changes, "outcome": outcome, "class": "warm" if time else None}) + "\n"
