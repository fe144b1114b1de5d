"""The same seed gives the same sequence of events."""

from __future__ import annotations

from typing import Any

from support.bench import Bench
from support.simulator import serving
from support.stack import facts, is_ready

CLAIMS = 30


def events(bench: Bench, seed: int) -> list[tuple[Any, ...]]:
    """What a watch tells of claims made one after the other: their states and the sandboxes they were given."""
    with serving(bench, {"simulator.seed": seed}) as served:
        stack = served.stack
        with stack.api.watch(stack.path("sandboxclaims")) as watch:
            for index in range(CLAIMS):
                stack.claim(f"claim-{index}", pool="agent-sandbox")
                stack.api.until(stack.path("sandboxclaims", f"claim-{index}"), is_ready)
            last = f"claim-{CLAIMS - 1}"
            told = watch.until(lambda events: any(
                event["object"]["metadata"]["name"] == last and "claim-first-ready-at" in facts(event["object"])
                for event in events
            ))  # fmt: skip
    return [
        (event["type"], event["object"]["metadata"]["name"], sorted(facts(event["object"])),
         event["object"].get("status", {}).get("sandbox", {}).get("name"))
        for event in told
    ]  # fmt: skip


def test_same_seed_same_events(bench: Bench) -> None:
    first = events(bench, 11)
    assert len(first) == 5 * CLAIMS
    assert first == events(bench, 11)
    assert first != events(bench, 12)
