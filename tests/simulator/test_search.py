"""`search` against a simulator process whose limit follows from what it was told."""

from __future__ import annotations

import json
import math

import pytest
from support.bench import Bench, sets
from support.simulator import serving
from support.validity import SHARED

WORKERS, MEDIAN, SIGMA = 5, 0.1, 0.25
# Five workers that take 103 ms on average: beyond this rate the queue grows without end. They take long enough for the
# milliseconds that a shared machine adds to each not to lower the limit.
CAPACITY = WORKERS / (MEDIAN * math.exp(SIGMA**2 / 2))
TOLERANCE = 0.2
PAUSE = {"kind": "controller_pause", "at": "30s", "for": "1s"}


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_the_limit_is_found_whatever_one_pause_does_to_a_step(bench: Bench) -> None:
    model = {"claim_workers": WORKERS, "warm_latency": {"median": f"{MEDIAN * 1000:.0f}ms", "sigma": SIGMA}}
    settings = {"simulator": {**model, "faults": [PAUSE]}, "stack.sandbox_warmpool.replicas": 500}
    out = bench.out()
    # Claims beyond the limit time out soon after it, and must count as beyond.
    words = ("--rate", 20, "--ready-timeout", "600ms", "--slo", "time_to_ready.p90<300ms", "--tolerance", TOLERANCE)
    # A step that the machine makes late would be the generator's limit, and the answer is the cluster's.
    gates = sets({"validity": {**SHARED, "max_schedule_lag_p99": "200ms"}})
    with serving(bench, settings) as served:
        done = bench("search", *served.target, *words, "--out", out, "--output", "json", *gates, timeout=400)
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    answer, steps = found["answer"], found["steps"]
    assert answer["limited_by"] == "cluster", found
    assert 1 - TOLERANCE < answer["rate"] / CAPACITY < 1.05 and answer["low"] <= answer["rate"] <= answer["high"], found
    assert len({step["seed"] for step in steps}) == len(steps) <= 18
    assert sum(step["took_s"] for step in steps) <= found["expected"]["most_s"]
    interval = f"(90 % interval {answer['low']:.1f} to {answer['high']:.1f}): the highest rate that meets"
    assert f"{answer['rate']:.1f} claims/s {interval}" in done.stderr
    assert done.stderr.startswith("search: about 16 steps in ")
    assert json.loads((out / "search.json").read_text()) == found and found["warnings"] == []
    assert all((out / step["folder"] / "summary.json").exists() for step in steps)


def test_a_generator_that_cannot_send_the_first_rate_gives_no_rate(bench: Bench) -> None:
    late = sets({"validity.max_schedule_lag_p99": "1ns"})
    out = bench.out()
    done = bench("search", "--rate", 5, "--slo", "outcomes.failed==0", "--out", out, *late, timeout=150)
    found = json.loads((out / "search.json").read_text())
    assert done.code == 3 and "NO ANSWER: the generator could not send 5.00 claims/s on time" in done.stderr
    assert (found["answer"]["rate"], found["answer"]["limited_by"]) == (None, "generator")
    assert [step["verdict"] for step in found["steps"]] == ["generator_limit"] * 2
    assert "invalid: generator_late" in found["steps"][0]["because"]
