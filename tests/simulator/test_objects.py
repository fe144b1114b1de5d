"""The same load of claims, of bare Sandboxes and of bare Pods: `load.object`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.api import CLAIMS, Api
from support.bench import Bench, Finished, run_id, sets
from support.checks import check_outcomes, check_refused
from support.simulator import Served, serving
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE
from support.waiting import until

SANDBOXES = CLAIMS.replace("extensions.", "").replace("sandboxclaims", "sandboxes")
PODS = "/api/v1/namespaces/default/pods"
COLLECTIONS = {"claim": CLAIMS, "sandbox": SANDBOXES, "pod": PODS}
OURS = "?labelSelector=agent-sandbox-bench/run-id"
BARE = ("sandbox", "pod")
RATE, SECONDS = 20, 3
COUNT = RATE * SECONDS
# Far beyond what a shared machine adds, so that warm and cold do not meet.
COLD_S = 0.8
REPLICAS = COUNT + 20
MODEL = {
    "simulator.cold_latency": {"median": f"{COLD_S}s", "distribution": "constant"},
    "stack.sandbox_warmpool.replicas": REPLICAS,
}
LOAD = ("--arrivals", "poisson", "--rate", RATE, "--duration", f"{SECONDS}s", "--seed", 7, *SHARED_MACHINE)
# What only a claim has.
OF_CLAIMS = ("bound_ns", "sandbox", "capacity_back_ns", "controller_first_observed_at", "claim_first_ready_at")


def of(name: str) -> list[str]:
    return sets({"load.object": name})


def names(api: Api, path: str) -> list[str]:
    """The objects of a collection that carry a run's label."""
    return [item["metadata"]["name"] for item in api.ok("GET", path + OURS)["items"]]


def left(api: Api) -> list[str]:
    """What runs left."""
    return [name for path in COLLECTIONS.values() for name in names(api, path)]


def has_only_the_pool(api: Api) -> bool:
    """Whether each pod is a pooled sandbox's."""
    return len(api.ok("GET", PODS)["items"]) == REPLICAS


def check_against_the_truth(done: Finished, served: Served) -> None:
    """Each is in the truth, and no percentile differs by more than a tenth of a cold start."""
    truth = {line["name"]: line for line in served.lines("create_received_ns")}
    base = done.summary["monotonic_base_ns"]
    assert {claim["name"] for claim in done.claims} == truth.keys()
    assert all(truth[claim["name"]]["deleted_ns"] for claim in done.claims)
    true = sorted((truth[claim["name"]]["ready_sent_ns"] - base - claim["intended_ns"]) / 1e9 for claim in done.claims)
    figures = done.summary["latency_s"]["time_to_ready"]
    for percentile, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        at = math.ceil(share * len(true)) - 1
        assert figures[percentile] == pytest.approx(true[at], abs=0.1 * COLD_S), percentile


@pytest.fixture(scope="module")
def runs(module_bench: Bench) -> Iterator[dict[str, Finished]]:
    """A run of each object with one seed, checked against the truth of the simulator that it was sent to."""
    finished = {}
    for name in COLLECTIONS:
        with serving(module_bench, MODEL) as served:
            done = module_bench("run", *served.target, *of(name), *LOAD)
            assert done.code == 0, done.stderr
            assert left(served.api) == []
            until(partial(has_only_the_pool, served.api), 20, "the end of all pods but the pool's")
        check_against_the_truth(done, served)
        finished[name] = done
    yield finished


@pytest.mark.parametrize("name", COLLECTIONS)
def test_each_object_has_the_same_outcomes_and_figures(runs: dict[str, Finished], name: str) -> None:
    done = runs[name]
    check_outcomes(done)
    summary = done.summary
    assert summary["outcomes"]["ready"] == summary["load"]["planned"] == len(runs["claim"].claims)
    assert summary["load"]["object"] == name
    for latency in ("time_to_ready", "time_to_ready_from_sent", "create_ack", "time_to_deleted", "schedule_lag"):
        assert summary["latency_s"][latency]["count"] == summary["outcomes"]["ready"], latency
    assert all(claim["deleted_ns"] for claim in done.claims)


def test_the_schedule_is_the_same(runs: dict[str, Finished]) -> None:
    intended = [[claim["intended_ns"] for claim in done.claims] for done in runs.values()]
    assert intended[0] == intended[1] == intended[2]


def test_a_pool_saves_the_cold_start(runs: dict[str, Finished]) -> None:
    median = {name: done.summary["latency_s"]["time_to_ready"]["p50"] for name, done in runs.items()}
    assert median["claim"] < 0.5 * COLD_S < COLD_S <= min(median["sandbox"], median["pod"]), median


@pytest.mark.parametrize("name", BARE)
def test_what_only_claims_have_is_null(runs: dict[str, Finished], name: str) -> None:
    done = runs[name]
    summary, latencies = done.summary, done.summary["latency_s"]
    assert summary["classes"] == {"warm": 0, "warm_unready": 0, "cold": summary["outcomes"]["ready"]}
    assert {claim["class"] for claim in done.claims} == {"cold"}
    assert all(claim[field] is None for claim in done.claims for field in OF_CLAIMS)
    for latency in ("warm", "warm_unready"):
        assert latencies[f"time_to_ready_{latency}"] is None
    assert latencies["controller_time_to_ready"] is None and latencies["time_to_capacity_back"] is None
    assert latencies["time_to_ready_cold"] == latencies["time_to_ready"]
    assert summary["pools"] == [] and summary["controller_metrics"] is None
    assert (done.out / "pools.jsonl").read_text() == ""
    assert "bare" in done.stderr and "claims planned" not in done.stderr


def test_claims_have_all_of_it(runs: dict[str, Finished]) -> None:
    done = runs["claim"]
    assert done.summary["classes"]["warm"] == len(done.claims) and done.summary["pools"]
    assert all(claim["bound_ns"] and claim["sandbox"] for claim in done.claims)
    assert "claims planned" in done.stderr


@pytest.mark.parametrize("release", ["v0.4", "v0.5", "v1.0"])
@pytest.mark.parametrize("name", COLLECTIONS)
def test_each_release_has_all_three(bench: Bench, release: str, name: str) -> None:
    line = sets({"simulator.release": release, "simulator.cold_latency.median": "50ms"})
    done = bench("run", *line, *of(name), "--rate", 20, "--total", 10, "--exec", "echo hi", *ONE_PAUSE_HITS_ALL)
    assert done.summary["outcomes"]["ready"] == 10, done.stderr
    assert done.summary["exec"]["ok"] == 10, done.stderr
    assert done.summary["target"]["api_version"] == ("v1alpha1" if release == "v0.4" else "v1beta1")


@pytest.mark.parametrize("name", BARE)
def test_a_command_in_a_bare_object_is_in_the_truth(bench: Bench, name: str) -> None:
    with serving(bench, {"simulator.cold_latency.median": "50ms"}) as served:
        done = bench(
            "run", *served.target, *of(name), "--rate", 20, "--total", 5, "--exec", "echo hi", *ONE_PAUSE_HITS_ALL
        )
    assert done.summary["exec"]["ok"] == 5, done.stderr
    truth = {line["name"]: line["execs"] for line in served.lines("execs")}
    assert [len(truth[claim["name"]]) for claim in done.claims] == [1] * 5


def end_pod(api: Api, name: str, phase: str) -> None:
    """Ends a pod as a kubelet would, once it has a node."""
    api.until(f"{PODS}/{name}", lambda pod: "nodeName" in pod["spec"], 20)
    status = {"phase": phase, "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}]}
    answer = api.patch("merge", f"{PODS}/{name}/status", {"status": status})
    assert answer.status == 200, answer


@pytest.mark.parametrize("name", BARE)
def test_one_whose_pod_ends_has_failed_and_one_that_never_starts_times_out(bench: Bench, name: str) -> None:
    with serving(bench, {"simulator.cold_latency": {"median": "60s", "distribution": "constant"}}) as served:
        out = bench.out()
        load = ("--rate", 50, "--total", 3, "--ready-timeout", "6s", "--out", out, *ONE_PAUSE_HITS_ALL)
        process = bench.start("run", *served.target, *of(name), *load)
        until(lambda: (out / "config.yaml").exists(), 20, "the run's folder")
        run = run_id(out)
        end_pod(served.api, f"asb-{run}-0", "Failed")
        end_pod(served.api, f"asb-{run}-2", "Succeeded")
        done = bench.finish(process, out)
        assert left(served.api) == []
    check_outcomes(done)
    outcomes = [(claim["outcome"], claim["reason"]) for claim in done.claims]
    assert [outcomes[0], outcomes[2]] == [("failed", "PodFailed"), ("failed", "PodSucceeded")]
    assert outcomes[1][0] == "timed_out"
    assert done.summary["latency_s"]["time_to_ready"]["censored"] == 3
    assert not [warning for warning in done.summary["warnings"] if "does not know" in warning]


def test_a_pod_that_finds_no_node_says_so(bench: Bench) -> None:
    model = {"simulator.nodes": {"count": 1, "pods": 4}, "stack.sandbox_warmpool.replicas": 3}
    load = ("--rate", 50, "--total", 3, "--hold", "5s", "--ready-timeout", "3s", *ONE_PAUSE_HITS_ALL)
    done = bench("run", *sets(model), *of("pod"), *load)
    assert Counter(claim["outcome"] for claim in done.claims) == {"ready": 1, "timed_out": 2}, done.stderr
    assert done.summary["reasons"] == {"timed_out.Unschedulable": 2}
    assert not [warning for warning in done.summary["warnings"] if "does not know" in warning]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_cleanup_removes_what_a_killed_run_left(bench: Bench, tmp_path: Path, name: str) -> None:
    with serving(bench, {"simulator.cold_latency.median": "50ms"}) as served:
        out = tmp_path / "killed"
        process = bench.start("run", *served.target, *of(name), "--rate", 20, "--hold", "60s", "--out", out)
        until(lambda: len(names(served.api, COLLECTIONS[name])) > 5, 20, "objects of the run")
        bench.kill(process)
        there = {f"default/{name}" for name in names(served.api, COLLECTIONS[name])}
        cleaned = bench("cleanup", *served.target, "--run-id", run_id(out))
        assert cleaned.code == 0, cleaned.stderr
        assert set(cleaned.stdout.splitlines()) == there
        assert (f"{len(there)} bare Sandboxes and Pods" in cleaned.stderr) == (name in BARE)
        until(lambda: left(served.api) == [], 20, "nothing left")


@pytest.mark.parametrize("name", BARE)
def test_runners_share_the_load(bench: Bench, name: str) -> None:
    with serving(bench, {"simulator.cold_latency.median": "100ms"}) as served:
        load = ("--arrivals", "poisson", "--rate", 50, "--duration", "2s", "--runners", 2, *SHARED_MACHINE)
        done = bench("run", *served.target, *of(name), *load)
        assert done.code == 0, done.stderr
        assert left(served.api) == []
    check_outcomes(done)
    assert done.summary["outcomes"]["ready"] == done.summary["load"]["planned"]
    assert {claim["runner"] for claim in done.claims} == {0, 1}
    assert {line["name"] for line in served.lines("create_received_ns")} == {claim["name"] for claim in done.claims}


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"load.object": "deployment"}, ('load.object: got "deployment", allowed: claim, sandbox',)),
        (
            {"load.object": "pod", "load.claim.labels": {"a": "b"}},
            ("load.claim.labels: got it beside load.object: pod, allowed: it beside load.object: claim",),
        ),
        (
            {"load.object": "sandbox", "workload.capacity_back": True},
            ("workload.capacity_back: got true beside load.object: sandbox",),
        ),
        (
            {"load.object": "pod", "slo": ["warm_fraction>=0.9"]},
            ("slo[0]: got", "warm_fraction>=0.9", "beside load.object: pod"),
        ),
        (
            {
                "load.object": "pod",
                "load.until": {"figure": "time_to_ready_warm.p50", "within": "5%", "at_most": "65s"},
            },
            ("load.until.figure: got", "a latency that this run has"),
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(bench: Bench, settings: dict[str, Any], parts: tuple[str, ...]) -> None:
    check_refused(bench("run", *sets(settings)), 2, *parts)


def test_a_search_refuses_a_figure_that_only_claims_have(bench: Bench) -> None:
    done = bench("search", *of("sandbox"), "--slo", "time_to_ready_warm.p99<1s")
    assert done.code == 2 and "beside load.object: sandbox" in done.stderr, done.stderr


def test_a_template_with_volumes_makes_no_bare_pods(bench: Bench) -> None:
    volume = {"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    with serving(bench, {"stack.sandbox_template.spec": {"volumeClaimTemplates": [volume]}}) as served:
        blocked = bench("preflight", *served.target, *of("pod"))
        assert blocked.code == 6 and "has volumeClaimTemplates" in blocked.stdout, blocked.stdout
        assert bench("preflight", *served.target, *of("sandbox")).code == 0
