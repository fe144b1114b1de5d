"""The real controller's own metrics beside a run, and the wait in its queue by both."""

from __future__ import annotations

from statistics import fmean

import pytest
from cluster.build import build
from cluster.runs import run_controller
from support.bench import Bench
from support.sources import grown, readings

WAIT = "workqueue_queue_duration_seconds"
# One worker for so many users: the queue is never empty, and each of its objects waits for about as long.
USERS = 20
LOAD = ("--arrivals", "closed", "--set", f"load.closed={{users: {USERS}}}", "--duration", "10s")


def test_the_wait_in_the_queue_is_that_of_the_controllers_own_metric(bench: Bench) -> None:
    program = build(["agent-sandbox-controller"])["agent-sandbox-controller"]
    worker = ("--controller-arg", "--sandbox-claim-concurrent-workers=1")
    finished = run_controller(bench, program, *worker, *LOAD, "--set", "output.sources=1s")
    assert finished.code in (0, 3), finished.stderr  # 3: a busy machine sends late
    [told] = [it for it in finished.summary["sources"] if it["source"] == "controller"]
    assert told["reads"] >= 5 and told["reason"] is None, told
    lines = readings(finished, "controller")
    for name in ("controller_runtime_reconcile_total", "rest_client_requests_total", "process_cpu_seconds_total"):
        assert any(it["name"] == name and it["value"] > 0 for it in lines[-1]["values"]), name
    stages = [claim["stages_ns"] for claim in finished.claims if claim["outcome"] == "ready"]
    conflicts = sum("conflict" in it for it in stages)
    assert len(stages) > 2 * USERS and conflicts <= 0.01 * len(stages), f"{conflicts} of {len(stages)}"
    ours = fmean(it.get("queue", 0) for it in stages) / 1e9
    metric = grown(lines, f"{WAIT}_sum", name="sandboxclaim") / grown(lines, f"{WAIT}_count", name="sandboxclaim")
    assert ours == pytest.approx(metric, rel=0.25), f"{ours * 1e3:.1f} ms and {metric * 1e3:.1f} ms"
