"""`search` against a simulator process whose limit follows from what it was told."""

from __future__ import annotations

import json
import math

import pytest
from support.bench import Bench, sets
from support.simulator import serving
from support.validity import SHARED

WORKERS, MEDIAN, SIGMA = 2, 0.04, 0.25
# Two workers that take 41.3 ms on average: beyond this rate the queue grows without end.
CAPACITY = WORKERS / (MEDIAN * math.exp(SIGMA**2 / 2))


@pytest.mark.slow
def test_the_limit_is_found_within_a_tenth(bench: Bench) -> None:
    latency = {"median": f"{MEDIAN * 1000:.0f}ms", "sigma": SIGMA}
    model = {"simulator": {"claim_workers": WORKERS, "warm_latency": latency}, "stack.sandbox_warmpool.replicas": 500}
    out = bench.out()
    words = ("--rate", 40, "--out", out, "--output", "json", "--quiet", "--slo", "time_to_ready.p99<250ms")
    # A step that the machine makes late would be the generator's limit, and the answer is the cluster's.
    gates = sets({"validity": {**SHARED, "max_schedule_lag_p99": "200ms"}})
    with serving(bench, model) as served:
        done = bench("search", *served.target, *words, *gates, timeout=170)
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["answer"]["limited_by"] == "cluster", found
    assert abs(found["answer"]["rate"] / CAPACITY - 1) < 0.1, (found["answer"], CAPACITY)
    assert len(found["steps"]) < 12
    assert f"{found['answer']['rate']:.1f} claims/s is the highest rate" in done.stderr
    assert json.loads((out / "search.json").read_text()) == found
    assert all((out / step["folder"] / "summary.json").exists() for step in found["steps"])
