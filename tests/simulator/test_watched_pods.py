"""A watch of the Pods beside a run: their stages, joined to claims, and what the nodes say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from agent_sandbox_bench.typed import Claim, Nodes, Pod, Pods
from support.bench import Bench, Finished, sets
from support.checks import check_refused
from support.simulator import Served, serving
from support.sources import readings, value
from support.typed import misfits
from support.validity import ONE_PAUSE_HITS_ALL

NS = 1e9
LATENCIES = ("time_to_pod_created", "time_to_pod_scheduled", "time_to_pod_started", "time_to_pod_ready")
INSTANTS = ("created_ns", "scheduled_ns", "started_ns", "ready_ns")
STARTS_IN = 0.3
STEADY: dict[str, object] = {
    "output.pods": True,
    "output.report": False,
    "simulator.cold_latency": {"distribution": "constant", "median": f"{STARTS_IN * 1000:.0f}ms"},
}
COLD = STEADY | {"stack.sandbox_warmpool.replicas": 0}
FEW = ("--rate", 50, "--total", 5)
POD_BYTES = 64 << 20


def run(bench: Bench, settings: dict[str, object], *words: object) -> Finished:
    """A run that may be late: nothing here is about that."""
    done = bench("run", *words, *sets(settings), *ONE_PAUSE_HITS_ALL)
    assert done.code == 0, done.stderr
    assert misfits(done.summary["pods"], Pods) == []
    return done


def pods(done: Finished) -> list[dict[str, Any]]:
    """The lines of its `pods.jsonl`."""
    lines = [json.loads(line) for line in (done.out / "pods.jsonl").read_text().splitlines()]
    assert [fault for line in lines for fault in misfits(line, Pod)] == []
    return lines


def counts(done: Finished) -> list[tuple[int, int]]:
    """Of each latency of Pods, how many claims it is over, and how many of those are bounds."""
    figures = [done.summary["latency_s"][name] or {"count": 0, "censored": 0} for name in LATENCIES]
    return [(it["count"], it["censored"]) for it in figures]


def group(done: Finished, name: str) -> dict[str, Any]:
    """The Pods that were made for claims, or for a pool."""
    [found] = [it for it in done.summary["pods"]["groups"] if it["group"] == name]
    return dict(found)


def test_a_cold_claim_has_the_stages_of_its_pod(bench: Bench) -> None:
    done = run(bench, COLD | {"workload.capacity_back": True}, *FEW)
    assert [fault for claim in done.claims for fault in misfits(claim, Claim)] == []
    for claim in done.claims:
        pod = claim["pod"]
        instants = [claim["intended_ns"], *(pod[name] for name in INSTANTS)]
        assert instants == sorted(instants) and not pod["gap"] and pod["image_pulled_ns"] is None
        # The server knows when it bound the Pod to its node and when it was Ready.
        told = (pod["ready_ns"] - pod["scheduled_ns"]) / NS
        assert told == pytest.approx(claim["stages_ns"]["pod_start"] / NS, abs=0.2) and told > STARTS_IN - 0.2
    assert counts(done) == [(5, 0)] * 4
    made = group(done, "claim")
    assert (made["pods"], made["stages_s"]["whole"]["count"], made["stages_s"]["image_pull"]) == (5, 5, None)
    assert made["stages_s"]["start"]["p50"] == pytest.approx(STARTS_IN, abs=0.2)
    lines = pods(done)
    assert {line["claim"] for line in lines} == {claim["name"] for claim in done.claims}
    assert all(line["released_ns"] <= line["gone_ns"] and line["ending_ns"] for line in lines)
    told = done.summary["pods"]
    assert (told["seen"], told["gaps"], told["pending"], told["release_to_gone_s"]["count"]) == (5, 0, 0, 5)
    assert (told["reason"], told["events_reason"]) == (None, None)
    assert "claim start" in done.stderr and "5 Pods seen" in done.stderr


def test_warm_claims_had_their_pods_before_and_the_refill_has_its_own(bench: Bench) -> None:
    settings = STEADY | {"workload.pool_full": True, "stack.sandbox_warmpool.replicas": 8}
    done = run(bench, settings, "--arrivals", "burst", "--rate", 5, "--duration", "1s", "--hold", "1s")
    assert done.summary["classes"]["warm"] == 5 and counts(done) == [(0, 0)] * 4
    assert all(claim["pod"]["created_ns"] is None and claim["pod"]["gap"] for claim in done.claims)
    made = group(done, "pool")
    assert made["pods"] == 5 and made["stages_s"]["readiness"]["count"] == 5
    [pool] = done.summary["pools"]
    assert pool["drain_rate"] > 0 and pool["full_after_release_s"] is not None
    assert [it["group"] for it in done.summary["pods"]["groups"]] == ["pool"]


def test_a_pod_that_no_node_has_room_for_is_a_bound(bench: Bench) -> None:
    full = COLD | {"simulator.nodes": {"count": 1, "pods": 5}, "load.ready_timeout": "1500ms", "workload.hold": "3s"}
    done = run(bench, full, "--rate", 50, "--total", 8)
    assert done.summary["outcomes"]["timed_out"] == 3
    assert counts(done) == [(8, 0), (8, 3), (8, 3), (8, 3)]
    scheduled = done.summary["latency_s"]["time_to_pod_scheduled"]
    assert "p99" in scheduled["bounds"] and "p50" not in scheduled["bounds"] and scheduled["max"] >= 1.5
    assert group(done, "claim")["stages_s"]["scheduling"]["censored"] == 3


def test_an_image_that_comes_late_is_what_the_pods_wait_for(bench: Bench) -> None:
    stuck = [{"kind": "image_pull_stuck", "at": "0s", "for": "700ms"}]
    done = run(bench, COLD | {"simulator.faults": stuck, "simulator.pod_events": True}, "--rate", 50, "--total", 3)
    pulled = group(done, "claim")["stages_s"]["image_pull"]
    assert (pulled["count"], pulled["censored"]) == (3, 0)
    assert 0.4 < pulled["min"] <= pulled["max"] < 1.2
    for claim in done.claims:
        pod = claim["pod"]
        assert pod["scheduled_ns"] < pod["image_pulled_ns"] <= pod["started_ns"]


def test_what_a_gap_of_the_watch_hides_is_not_known(bench: Bench) -> None:
    drop = [{"kind": "watch_drop", "at": "200ms", "for": "300ms"}]
    done = run(bench, COLD | {"simulator.faults": drop}, "--rate", 50, "--total", 40, "--hold", "1s")
    lines = pods(done)
    hidden = [line for line in lines if line["gap"]]
    assert hidden and done.summary["pods"]["gaps"] == len(hidden)
    seen = [claim for claim in done.claims if "pod" in claim and claim["pod"]["created_ns"] is not None]
    assert counts(done)[0] == (len(seen), 0)
    for line in lines:
        assert line["gap"] or all(line[name] is not None for name in INSTANTS)


@pytest.mark.parametrize(("name", "words"), [("sandbox", "bare Sandboxes"), ("pod", "bare Pods")])
def test_bare_objects_have_pods_of_their_own(bench: Bench, name: str, words: str) -> None:
    done = run(bench, COLD | {"load.object": name}, *FEW)
    assert counts(done) == [(5, 0)] * 4 and f"5 {words}" in done.stderr


def test_nothing_is_watched_where_nobody_wants_it(bench: Bench) -> None:
    done = bench("run", *FEW, *ONE_PAUSE_HITS_ALL)
    assert done.code == 0 and done.summary["pods"] is None and done.summary["nodes"] is None
    assert not (done.out / "pods.jsonl").exists() and "pod" not in done.claims[0]
    assert not any(row["resource"] in ("pods", "events", "nodes/proxy") for row in watches(done))


def watches(done: Finished) -> list[dict[str, Any]]:
    """What the run itself asked the simulator for."""
    requests = done.summary["server"]["requests"]
    return [row for row in requests if row["user_agent"] == "agent-sandbox-bench"]


def test_an_objective_on_pods_needs_them(bench: Bench) -> None:
    objective = "time_to_pod_ready.p99<1m"
    refused = bench("run", *FEW, "--slo", objective)
    check_refused(refused, 2, "slo[0]", objective, "another figure, or output.pods: true beside it")
    done = run(bench, COLD, *FEW, "--slo", objective)
    assert done.summary["slo"][0]["met"]


@pytest.fixture
def site(bench: Bench) -> Iterator[Served]:
    """A simulator over TLS that serves as a cluster, with an account that may run."""
    settings = COLD | {"simulator.tls": True, "simulator.nodes.count": 2}
    with serving(bench, {name: it for name, it in settings.items() if not name.startswith("output")}) as served:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
        served.api.ok("POST", "/api/v1/namespaces/default/serviceaccounts", account)
        grant(served, "role-run.yaml")
        yield served


def grant(served: Served, name: str) -> None:
    """Gives the account the rights of a published file."""
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    for role in yaml.safe_load_all((Path(__file__).resolve().parents[2] / "data" / name).read_text()):
        kind, called = role["kind"], role["metadata"]["name"]
        home = f"{rbac}/namespaces/default" if kind == "Role" else rbac
        served.api.ok("POST", f"{home}/{kind.lower()}s", role)
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": f"{kind}Binding",
            "metadata": {"name": called},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": called},
            "subjects": [{"kind": "ServiceAccount", "name": "runner", "namespace": "default"}],
        }
        served.api.ok("POST", f"{home}/{kind.lower()}bindings", binding)


@pytest.fixture
def as_account(bench: Bench, site: Served) -> Callable[[], list[object]]:
    """The words that make a command the account's."""

    def words() -> list[object]:
        path = "/api/v1/namespaces/default/serviceaccounts/runner/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        document = yaml.safe_load(site.kubeconfig.read_text())
        document["users"][0]["user"] = {"token": site.api.ok("POST", path, body)["status"]["token"]}
        own = bench.folder / "account.kubeconfig"
        own.write_text(yaml.safe_dump(document))
        return ["--kubeconfig", own]

    return words


WATCHED: dict[str, object] = {"output.pods": True, "output.sources": "1s", "output.report": False}


def test_without_the_rights_the_run_is_as_good_and_says_what_is_missing(
    bench: Bench, as_account: Callable[[], list[object]]
) -> None:
    done = run(bench, WATCHED, *as_account(), *FEW)
    told = done.summary["pods"]
    assert "403" in told["reason"] and "cannot list resource" in told["reason"] and told["seen"] == 0
    assert "403" in told["events_reason"] and counts(done) == [(0, 0)] * 4
    assert [it for it in done.summary["warnings"] if it.startswith("output.pods: the Pods were not watched")]
    assert all("pod" not in claim for claim in done.claims)


def test_on_a_cluster_the_pods_explain_cold_claims_and_the_kubelets_tell_of_memory(
    bench: Bench, site: Served, as_account: Callable[[], list[object]]
) -> None:
    grant(site, "role-pods.yaml")
    done = run(bench, WATCHED, *as_account(), *FEW, "--hold", "2500ms")
    assert counts(done) == [(5, 0)] * 4
    for claim in done.claims:
        stages = claim["stages_ns"]
        assert sum(stages.values()) == claim["ready_ns"] - claim["intended_ns"]
        assert stages["pod_start"] / NS == pytest.approx(STARTS_IN, abs=0.25) and "work" in stages
        assert claim["node"] and claim["node"].startswith("node-")
    shares = {it["stage"]: it["share"] for it in done.summary["attribution"]["stages"]}
    assert max(shares, key=lambda stage: shares[stage]) == "pod_start"
    assert misfits(done.summary["nodes"], Nodes) == []
    [memory] = [it for it in done.summary["nodes"]["memory"] if it["source"] == "kubelets"]
    assert (memory["sandboxes"], memory["bytes_per_sandbox"]) == (5, POD_BYTES)
    fullest = max(readings(done, "kubelets"), key=lambda reading: len(reading["values"]))
    nodes = {it["labels"]["node"] for it in fullest["values"]}
    assert len(nodes) == 2 and sum(value(fullest, "sandboxes", node=node) for node in nodes) <= 5
    assert "memory of a sandbox: 67.1 MB; 5 sandboxes" in done.stderr


def test_a_kubelet_sums_up_its_pods_and_no_others(bench: Bench) -> None:
    with serving(bench, {"stack.sandbox_warmpool.replicas": 6, "simulator.nodes.count": 2}) as simulator:
        nodes = [it["metadata"]["name"] for it in simulator.api.ok("GET", "/api/v1/nodes")["items"]]
        summaries = [simulator.api.ok("GET", f"/api/v1/nodes/{node}/proxy/stats/summary") for node in nodes]
        assert [len(it["pods"]) for it in summaries] == [3, 3]
        assert {pod["memory"]["workingSetBytes"] for it in summaries for pod in it["pods"]} == {POD_BYTES}
        assert simulator.api.request("GET", f"/api/v1/nodes/{nodes[0]}/proxy/healthz").status == 404
        assert simulator.api.request("GET", "/api/v1/nodes/none/proxy/stats/summary").status == 404
