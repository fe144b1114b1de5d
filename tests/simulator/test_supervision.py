"""A task that panics ends the run with its error: claims released, results written. Debug builds inject the panic."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from support.api import CLAIMS, LEASES
from support.bench import Bench
from support.simulator import Served, serving
from support.waiting import until

LEASE = f"{LEASES}/agent-sandbox-bench.agent-sandbox"
PLANNED = 1200
# Some claims are open by then: the 30th create, the 40th event of the watch or message, the first claim that is over.
INJECTED = {"create": ("60s", 30), "watch": ("60s", 40), "tracker": ("60s", 40), "recorder": ("2s", 1)}


@pytest.fixture
def served(bench: Bench) -> Iterator[Served]:
    with serving(bench) as served:
        yield served


@pytest.mark.parametrize("task", INJECTED)
def test_a_panic_ends_the_run(bench: Bench, served: Served, task: str) -> None:
    hold, times = INJECTED[task]
    out = bench.out()
    load = ("--rate", 20, "--duration", "60s", "--hold", hold)
    asked = {"AGENT_SANDBOX_BENCH_PANIC": f"{task}:{times}"}
    process = bench.start("run", *served.target, *load, "--quiet", "--out", out, env=asked)
    assert process.stderr
    said = next(line for line in process.stderr if "panicked at" in line)  # by Rust, at once
    began = time.monotonic()
    done = bench.finish(process, out, 30)
    took = time.monotonic() - began
    assert took < 10
    assert done.code == 1, said + done.stderr
    words = f"the task {task} panicked: asked for by AGENT_SANDBOX_BENCH_PANIC"
    assert f"error: {words}" in done.stderr
    assert served.api.ok("GET", CLAIMS)["items"] == []
    summary = done.summary
    assert not summary["valid"] and "interrupted" in summary["invalid_reasons"]
    assert any(words in warning for warning in summary["warnings"])
    recorded = [claim["index"] for claim in done.claims]
    assert sum(summary["outcomes"].values()) == summary["load"]["planned"] == len(recorded) == len(set(recorded))
    # A record at which the recorder panicked is the only one that is lost.
    assert len(recorded) == PLANNED - (task == "recorder")
    assert summary["outcomes"]["ready"] > 0
    assert summary["reasons"]["not_sent.interrupted"] > 1000


def test_no_lease_waits_for_the_results_to_be_written(bench: Bench, served: Served) -> None:
    out = bench.out()
    load = ("--rate", 20, "--duration", "3s")
    process = bench.start("run", *served.target, *load, "--quiet", "--out", out)
    until(lambda: served.api.request("GET", LEASE).status == 200, 20, "the Lease")
    until((out / "claims.jsonl").exists, 20, "the run's folder")
    # Who opens it to write waits for a reader, as for a slow disk: the results are not written before the test is over.
    os.mkfifo(out / "summary.part")
    until(lambda: served.api.request("GET", LEASE).status == 404, 20, "the end of the Lease")
    assert process.poll() is None
    assert (out / "claims.jsonl").read_text().count("\n") == 60
    assert not (out / "summary.json").exists()
