"""`search` against a simulator process whose limit follows from what it was told."""

from __future__ import annotations

import json
import math
import signal

import pytest
from conftest import Bench, wait_for

WORKERS, MEDIAN, SIGMA = 2, 0.04, 0.25
# Two workers that take 41.3 ms on average: beyond this rate the queue grows without end.
CAPACITY = WORKERS / (MEDIAN * math.exp(SIGMA**2 / 2))


@pytest.mark.slow
def test_the_limit_is_found_within_a_tenth(bench: Bench) -> None:
    kubeconfig = bench.folder / "kubeconfig"
    model = f"{{claim_workers: {WORKERS}, warm_latency: {{median: {MEDIAN * 1000:.0f}ms, sigma: {SIGMA}}}}}"
    settings = ("--set", f"simulator={model}", "--set", "stack.sandbox_warmpool.replicas=500")
    simulator = bench.start("simulate", "--kubeconfig-out", kubeconfig, *settings)
    try:
        wait_for(kubeconfig.exists, 20, "the simulator's kubeconfig")
        out = bench.out()
        where = ("--kubeconfig", kubeconfig, "--rate", 40, "--out", out, "--output", "json", "--quiet")
        lenient = ("--set", "validity={max_schedule_lag_p99: 200ms, max_upper_bound_share: 1.0}")
        done = bench("search", *where, *lenient, "--slo", "time_to_ready.p99<250ms", timeout=170)
    finally:
        simulator.send_signal(signal.SIGTERM)
        simulator.communicate(timeout=20)
    assert done.code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["answer"]["limited_by"] == "cluster", found
    assert abs(found["answer"]["rate"] / CAPACITY - 1) < 0.1, (found["answer"], CAPACITY)
    assert len(found["steps"]) < 12
    assert f"{found['answer']['rate']:.1f} claims/s is the highest rate" in done.stderr
    assert json.loads((out / "search.json").read_text()) == found
    assert all((out / step["folder"] / "summary.json").exists() for step in found["steps"])
