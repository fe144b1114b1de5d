"""What must hold of every run, whatever went wrong around it."""

from __future__ import annotations

from support.bench import Finished

OUTCOMES = ("ready", "failed", "timed_out", "rejected", "not_sent")


def check_outcomes(finished: Finished) -> None:
    """Every planned claim has one outcome, in the summary and in the list."""
    outcomes, planned = finished.summary["outcomes"], finished.summary["load"]["planned"]
    assert tuple(outcomes) == OUTCOMES
    assert sum(outcomes.values()) == planned
    assert [claim["index"] for claim in finished.claims] == list(range(planned))
    listed = [claim["outcome"] for claim in finished.claims]
    assert {outcome: listed.count(outcome) for outcome in OUTCOMES} == outcomes


def check_validity(finished: Finished) -> None:
    """`watch_gap` if, and only if, more than 1 % of the ready instants are upper bounds; exit 3 if invalid, else 0."""
    summary = finished.summary
    ready = [claim for claim in finished.claims if claim["outcome"] == "ready"]
    bounds = sum(claim["upper_bound"] for claim in ready)
    assert ("watch_gap" in summary["invalid_reasons"]) == (bounds > 0.01 * max(len(ready), 1)), (bounds, len(ready))
    assert summary["valid"] == (not summary["invalid_reasons"])
    assert finished.code == (0 if summary["valid"] else 3), finished.stderr


def check_refused(done: Finished, code: int, *parts: str) -> None:
    """One plain line, and nothing left behind."""
    assert done.code == code, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for part in parts:
        assert part in done.stderr
    assert not done.out.exists()
