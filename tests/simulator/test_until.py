"""A run that ends once it knows a percentile well enough: `load.until`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL

# Slow beside what a busy machine adds, so that the figure varies as the model says.
POOL = ("--set", "stack.sandbox_warmpool.replicas=200", "--set", "simulator.warm_latency={median: 100ms}")
POISSON = {"arrivals": "poisson", "rate": 20}
WARM_UP = {"name": "warm-up", "warm_up": True, "rate": 20, "duration": "5s"}
# The first look is after a minute.
A_LOOK, LONG = 60, 100


def run(bench: Bench, load: dict[str, Any], figure: str, within: str, at_most: str) -> Finished:
    until = {"figure": figure, "within": within, "at_most": at_most}
    return bench(
        "run", *POOL, *ONE_PAUSE_HITS_ALL, "--set", f"load={json.dumps({**load, 'until': until})}", timeout=300
    )


@pytest.mark.slow
@pytest.mark.timeout(330)
@pytest.mark.parametrize(
    "load",
    [
        pytest.param({"phases": [WARM_UP, {"name": "steady", **POISSON}]}, id="poisson"),
        pytest.param({"arrivals": "closed", "closed": {"users": 2, "think": "100ms"}}, id="closed"),
    ],
)
def test_a_run_ends_once_it_knows_enough(bench: Bench, load: dict[str, Any]) -> None:
    done = run(bench, load, "time_to_ready.p50", "30%", "250s")
    summary = done.summary
    until = summary["until"]
    assert until["reached"] and until["half_width"] <= until["within"] == 0.3
    low, high = until["interval"]
    assert (high - low) / 2 <= 0.3 * high
    seconds = summary["load"]["duration_s"]
    assert A_LOOK <= seconds < LONG
    assert f"ended after {seconds:.0f} s: time_to_ready.p50 is known to " in done.stderr
    # What the schedule still held is not planned, and what was under way was followed to its end.
    measured = [claim for claim in done.claims if claim["phase"] != "warm-up"]
    assert {claim["outcome"] for claim in done.claims} == {"ready"}
    assert summary["load"]["planned"] == summary["outcomes"]["ready"] == len(measured)
    assert all(claim["deleted_ns"] for claim in measured)
    assert not [warning for warning in summary["warnings"] if warning.startswith("load.until")]


@pytest.mark.slow
@pytest.mark.timeout(330)
def test_a_run_that_cannot_know_enough_says_why(bench: Bench) -> None:
    done = run(bench, POISSON, "time_to_ready.p999", "5%", "65s")
    summary = done.summary
    assert not summary["until"]["reached"]
    assert summary["outcomes"]["ready"] == summary["load"]["planned"] == 65 * 20
    words = "load.until: the run ended before time_to_ready.p999 was known to 5 %: "
    assert [warning for warning in summary["warnings"] if warning.startswith(f"{words}only 1 of 1300 claims")]
    assert f"WARNING: {words}" in done.stderr and "ended after" not in done.stderr


@pytest.mark.parametrize("figure", ["p99", "time_to_ready.mean", "time_to_first_exec.p50"])
def test_a_figure_that_is_no_percentile_of_the_run_is_refused(bench: Bench, figure: str) -> None:
    done = run(bench, POISSON, figure, "5%", "65s")
    assert done.code == 2
    assert f'load.until.figure: got "{figure}", allowed: LATENCY.PERCENTILE' in done.stderr


def test_a_search_settles_the_length_of_its_steps(bench: Bench) -> None:
    until = json.dumps({"figure": "time_to_ready.p99", "within": "5%", "at_most": "65s"})
    done = bench("search", "--slo", "time_to_ready.p99<1s", "--set", f"load.until={until}")
    assert done.code == 2
    assert "load.until: got it, allowed: nothing: a search settles" in done.stderr
