"""Shapes, holds and milestones on a real control plane."""

from __future__ import annotations

from itertools import pairwise

from cluster.client import Cluster
from cluster.runs import left, run
from support.bench import Bench, Finished


def assert_all_came_back(finished: Finished, cluster: Cluster, hold_ns: int) -> None:
    """Every claim was ready, held, released, deleted, and its Sandbox went too."""
    assert finished.code == 0, finished.stderr
    assert finished.summary["outcomes"]["ready"] == finished.summary["load"]["planned"] == len(finished.claims)
    for claim in finished.claims:
        assert claim["ready_ns"] + hold_ns <= claim["released_ns"] <= claim["deleted_ns"], claim
        assert claim["released_ns"] <= claim["capacity_back_ns"], claim
    assert finished.summary["latency_s"]["time_to_capacity_back"]["count"] == len(finished.claims)
    assert not left(cluster, finished)


def test_bursts_until_the_capacity_is_back(bench: Bench, cluster: Cluster, pool: str) -> None:
    burst = ("--arrivals", "burst", "--set", "load.burst={size: 10, every: 3s}", "--duration", "6s")
    finished = run(bench, cluster, pool, *burst, "--hold", "500ms", "--set", "workload.capacity_back=true")
    assert [claim["intended_ns"] for claim in finished.claims] == [0] * 10 + [3 * 10**9] * 10
    assert_all_came_back(finished, cluster, 500 * 10**6)


def test_poisson_arrivals_held_and_deleted(bench: Bench, cluster: Cluster, pool: str) -> None:
    poisson = ("--arrivals", "poisson", "--rate", 5, "--total", 30, "--seed", 3)
    finished = run(bench, cluster, pool, *poisson, "--hold", "1s", "--set", "workload.capacity_back=true")
    instants = [claim["intended_ns"] for claim in finished.claims]
    gaps = {later - earlier for earlier, later in pairwise(instants)}
    assert len(gaps) > 25, "gaps are drawn, not equal"
    assert_all_came_back(finished, cluster, 10**9)
