"""A task that panics ends the run with its error: claims released, results written. Debug builds inject the panic."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.api import Api
from conftest import Bench, wait_for

CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/agent-sandbox-bench.agent-sandbox"
PLANNED = 1200
# Some claims are open by then: the 30th create, the 40th event of the watch or message, the first claim that is over.
INJECTED = {"create": ("60s", 30), "watch": ("60s", 40), "tracker": ("60s", 40), "recorder": ("2s", 1)}


@pytest.fixture
def served(bench: Bench, tmp_path: Path) -> Iterator[tuple[Path, Api]]:
    """The kubeconfig of a simulator in a process of its own, and the way to it."""
    kubeconfig = tmp_path / "simulator.kubeconfig"
    process = bench.start("simulate", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig)
    wait_for(lambda: kubeconfig.exists() or process.poll() is not None, 20, "the simulator's kubeconfig")
    yield kubeconfig, Api.from_kubeconfig(kubeconfig)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


@pytest.mark.parametrize("task", INJECTED)
def test_a_panic_ends_the_run(bench: Bench, served: tuple[Path, Api], task: str) -> None:
    kubeconfig, api = served
    hold, times = INJECTED[task]
    out = bench.out()
    load = ("--rate", 20, "--duration", "60s", "--hold", hold)
    asked = {"AGENT_SANDBOX_BENCH_PANIC": f"{task}:{times}"}
    process = bench.start("run", "--kubeconfig", kubeconfig, *load, "--quiet", "--out", out, env=asked)
    assert process.stderr
    said = next(line for line in process.stderr if "panicked at" in line)  # by Rust, at once
    began = time.monotonic()
    done = bench.finish(process, out, 30)
    took = time.monotonic() - began
    assert took < 10, took
    assert done.code == 1, said + done.stderr
    words = f"the task {task} panicked: asked for by AGENT_SANDBOX_BENCH_PANIC"
    assert f"error: {words}" in done.stderr
    assert api.ok("GET", CLAIMS)["items"] == []
    summary = done.summary
    assert not summary["valid"] and "interrupted" in summary["invalid_reasons"]
    assert any(words in warning for warning in summary["warnings"])
    # A record at which the recorder panicked is the only one that is lost.
    recorded = [claim["index"] for claim in done.claims]
    assert sum(summary["outcomes"].values()) == summary["load"]["planned"] == len(recorded) == len(set(recorded))
    assert len(recorded) == PLANNED - (task == "recorder")
    assert summary["outcomes"]["ready"] > 0
    assert summary["reasons"]["not_sent.interrupted"] > 1000


def test_no_lease_waits_for_the_results_to_be_written(bench: Bench, served: tuple[Path, Api]) -> None:
    kubeconfig, api = served
    out = bench.out()
    process = bench.start("run", "--kubeconfig", kubeconfig, "--rate", 20, "--duration", "3s", "--quiet", "--out", out)
    wait_for(lambda: api.request("GET", LEASE).status == 200, 20, "the Lease")
    wait_for((out / "claims.jsonl").exists, 20, "the run's folder")
    # Who opens it to write waits for a reader, as for a slow disk: the results are not written before the test is over.
    os.mkfifo(out / "summary.part")
    wait_for(lambda: api.request("GET", LEASE).status == 404, 20, "the end of the Lease")
    assert process.poll() is None
    assert (out / "claims.jsonl").read_text().count("\n") == 60
    assert not (out / "summary.json").exists()
