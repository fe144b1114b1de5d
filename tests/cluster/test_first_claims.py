"""The first claims on a real control plane: true numbers, and nothing left behind."""

from __future__ import annotations

import math
from typing import Any

from cluster.client import Cluster
from cluster.runs import KIND, left, nanoseconds, run
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL


def distance_ms(finished: Finished, claim: dict[str, Any]) -> float:
    """How far our ready instant is from the controller's, in milliseconds."""
    ours = nanoseconds(finished.summary["started_at"]) + int(claim["ready_ns"])
    return abs(ours - nanoseconds(claim["claim_first_ready_at"])) / 1e6


def distance_p95_ms(finished: Finished) -> float:
    """The distance that 95 % of the claims whose annotation holds a time do not exceed."""
    assert finished.code == 0, finished.stderr
    known = [claim for claim in finished.claims if (claim["claim_first_ready_at"] or "unknown") != "unknown"]
    assert len(known) >= 5, "too few annotations hold a time"
    distances = sorted(distance_ms(finished, claim) for claim in known)
    return distances[math.ceil(len(distances) * 0.95) - 1]


def test_all_are_ready_and_warm_and_none_is_left(bench: Bench, cluster: Cluster, pool: str) -> None:
    finished = run(bench, cluster, pool, "--rate", 5, "--total", 100)
    assert finished.code == 0, finished.stderr
    summary = finished.summary
    assert summary["outcomes"] == {"ready": 100, "failed": 0, "timed_out": 0, "rejected": 0, "not_sent": 0}
    assert summary["classes"] == {"warm": 100, "warm_unready": 0, "cold": 0}
    assert summary["latency_s"]["time_to_ready"]["count"] == 100
    assert summary["target"]["kind"] == "cluster"
    assert not left(cluster, finished)
    assert not cluster.names(KIND)


def test_the_controller_says_the_same_instants(bench: Bench, cluster: Cluster, pool: str) -> None:
    # A machine that is busy with something else moves single instants; a wrong clock would move those of all runs.
    seen: list[float] = []
    while len(seen) < 5 and min(seen, default=math.inf) >= 30:
        seen.append(distance_p95_ms(run(bench, cluster, pool, "--rate", 5, "--total", 40, "--hold", "1s")))
    assert min(seen) < 30, seen


def test_a_claim_is_held_and_then_released(bench: Bench, cluster: Cluster, pool: str) -> None:
    finished = run(bench, cluster, pool, "--rate", 5, "--total", 10, "--hold", "1500ms")
    assert finished.code == 0, finished.stderr
    assert all(claim["released_ns"] - claim["ready_ns"] >= 1.5e9 for claim in finished.claims)


def test_an_empty_pool_serves_cold(bench: Bench, cluster: Cluster, cold_pool: str) -> None:
    finished = run(bench, cluster, cold_pool, "--rate", 2, "--total", 10)
    assert finished.code == 0, finished.stderr
    assert finished.summary["classes"] == {"warm": 0, "warm_unready": 0, "cold": 10}
    assert all(claim["sandbox"] == claim["name"] for claim in finished.claims)
    assert not left(cluster, finished)


def test_two_runs_at_once_never_collide(bench: Bench, cluster: Cluster, pool: str) -> None:
    # One of them holds the pool's Lease: the other is meant.
    pool_of_both = (*cluster.target, "--warm-pool", pool, "--force")
    where = (*pool_of_both, *ONE_PAUSE_HITS_ALL, "--rate", 4, "--total", 20, "--seed", 7)
    outs = [bench.out(), bench.out()]
    started = [bench.start("run", *where, "--out", out) for out in outs]
    first, second = (bench.finish(process, out) for process, out in zip(started, outs, strict=True))
    for finished in (first, second):
        assert finished.code == 0, finished.stderr
        assert finished.summary["outcomes"]["ready"] == 20
        assert not left(cluster, finished)
    assert not {claim["name"] for claim in first.claims} & {claim["name"] for claim in second.claims}
    assert not {claim["sandbox"] for claim in first.claims} & {claim["sandbox"] for claim in second.claims}
