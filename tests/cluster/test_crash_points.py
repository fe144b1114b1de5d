"""The real controller on the simulator, killed between two of its requests and started again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cluster.build import build
from cluster.runs import MANIFESTS
from support.bench import Bench
from support.checks import check_outcomes
from support.simulator import serving
from support.validity import ONE_PAUSE_HITS_ALL

CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/sandboxclaims"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
PLANNED = 40
TESTS = Path(__file__).parents[1]
# A claim costs 15 to 17 requests: some of the first claim's, and some in the midst of others.
POINTS = (1, 5, 13, 60, 200)


@pytest.mark.parametrize("point", POINTS)
def test_every_claim_is_served_and_nothing_is_left(bench: Bench, point: int) -> None:
    program = build(["agent-sandbox-controller"])["agent-sandbox-controller"]
    log = bench.folder / "requests.jsonl"
    wrapped = bench.folder / "controller"
    crashing = f"PYTHONPATH={TESTS} exec {sys.executable} -m cluster.crashing {program} {log} {point}"
    wrapped.write_text(f'#!/bin/sh\n{crashing} "$@"\n')
    wrapped.chmod(0o755)
    settings = {**MANIFESTS, "simulator.controller.command": str(wrapped), "simulator.request_log": str(log)}
    with serving(bench, {**settings, "stack.sandbox_warmpool.replicas": 60}) as served:
        load = ("--rate", 20, "--total", PLANNED, "--ready-timeout", "60s", "--hold", "500ms", "--verbose")
        done = bench("run", *served.target, *ONE_PAUSE_HITS_ALL, *load, timeout=120)
        assert served.api.ok("GET", CLAIMS)["items"] == [] == served.api.ok("GET", LEASES)["items"]
        assert f"killed after request {point}\n" in (served.kubeconfig.parent / "controller.log").read_text()
    check_outcomes(done)
    assert done.summary["outcomes"]["ready"] == PLANNED, done.summary["reasons"]
    truth = {line["name"]: line for line in served.lines("ready_sent_ns")}
    for claim in done.claims:
        late_ns = done.summary["monotonic_base_ns"] + claim["ready_ns"] - truth[claim["name"]]["ready_sent_ns"]
        assert late_ns > 0, f"{claim['name']} was seen ready before it was"
