"""Parts of the control plane go away in mid-run: the run ends, and says what happened."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from cluster.control_plane import ControlPlane
from cluster.manifests import claim, fake_nodes
from cluster.runs import KIND, left
from support.bench import Bench, run_id, sets
from support.checks import check_outcomes, check_validity
from support.validity import PAUSED
from support.waiting import until

# The control plane shares this machine with the generator, which is late for it; gaps of the watch are looked for.
ANY_LAG = sets({"validity": {**PAUSED, "max_upper_bound_share": 0.01}})


def start(bench: Bench, cluster: ControlPlane, pool: str, out: Path, *options: object) -> subprocess.Popen[str]:
    """Starts a run; returns when its first claims have ended."""
    where = (*cluster.target, "--warm-pool", pool, *ANY_LAG)
    started = bench.start("run", *where, *options, "--out", out)
    claims = out / "claims.jsonl"
    until(lambda: claims.exists() and claims.read_text().count("\n") >= 5, 30, "the first claims ended")
    return started


def test_the_api_server_is_away_for_five_seconds(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    out = bench.out()
    process = start(bench, control_plane, pool, out, "--rate", 5, "--total", 100, "--hold", "1s")
    control_plane.stop_apiserver()
    time.sleep(5)  # how long it is away
    control_plane.start_apiserver()
    finished = bench.finish(process, out, 240)
    check_outcomes(finished)
    assert finished.summary["load"]["planned"] == 100
    check_validity(finished)
    assert finished.summary["outcomes"]["ready"] >= 50
    assert not left(control_plane, finished)
    assert not control_plane.names(KIND)


def test_the_controller_is_away_for_five_seconds(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    out = bench.out()
    process = start(bench, control_plane, pool, out, "--rate", 4, "--total", 60)
    control_plane.stop_controller()
    time.sleep(5)  # how long it is away
    control_plane.start_controller()
    finished = bench.finish(process, out, 240)
    check_outcomes(finished)
    assert finished.summary["load"]["planned"] == 60
    check_validity(finished)
    assert finished.summary["outcomes"]["ready"] == 60
    assert finished.summary["latency_s"]["time_to_ready"]["max"] > 4
    assert not left(control_plane, finished)


def test_etcd_answers_nothing_for_three_seconds(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    out = bench.out()
    process = start(bench, control_plane, pool, out, "--rate", 4, "--total", 60)
    control_plane.pause_etcd()
    time.sleep(3)  # how long it is silent
    control_plane.resume_etcd()
    finished = bench.finish(process, out, 240)
    check_outcomes(finished)
    assert finished.summary["load"]["planned"] == 60
    check_validity(finished)
    assert not left(control_plane, finished)


def test_nodes_are_taken_away_in_mid_run(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    out = bench.out()
    process = start(bench, control_plane, pool, out, "--rate", 4, "--total", 60, "--hold", "2s")
    gone = [f"fake-{index:03d}" for index in range(control_plane.nodes // 2)]
    control_plane.kubectl("delete", "node", *gone, "--wait=false")
    try:
        finished = bench.finish(process, out, 240)
    finally:
        control_plane.apply(*fake_nodes(control_plane.nodes))
        control_plane.kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=60s", timeout=70)
    check_outcomes(finished)
    assert finished.summary["load"]["planned"] == 60
    check_validity(finished)
    assert finished.summary["outcomes"]["ready"] >= 30, finished.summary["reasons"]
    assert not left(control_plane, finished)


def test_a_kill_loses_nothing_and_touches_nobody_elses(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    theirs = claim(control_plane.sandbox_api, "somebodys", "default", pool)
    control_plane.apply(theirs)
    out = bench.out()
    process = start(bench, control_plane, pool, out, "--rate", 5, "--duration", "60s", "--hold", "3s")
    bench.kill(process)
    assert bench("report", out).code == 0
    cleaned = bench("cleanup", *control_plane.target, "--run-id", run_id(out))
    assert cleaned.code == 0, cleaned.stderr
    label = f"agent-sandbox-bench/run-id={run_id(out)}"
    ours = f"{KIND},leases.coordination.k8s.io"
    until(
        lambda: not control_plane.kubectl("get", ours, "-A", "-l", label, "-o", "name"), 60, "nothing of the run left"
    )
    try:
        assert [name.rpartition("/")[2] for name in control_plane.names(KIND)] == ["somebodys"]
    finally:
        control_plane.kubectl("delete", KIND, "somebodys")
