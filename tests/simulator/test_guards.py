"""What a named cluster is spared of: loads that are a slip of the finger, and two runs on one pool."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.api import CLAIMS, LEASES, Api
from support.bench import Bench, run_id, sets
from support.simulator import Served, serving
from support.stack import facts
from support.validity import ONE_PAUSE_HITS_ALL, SHARED_MACHINE
from support.waiting import until

LEASE = "agent-sandbox-bench.agent-sandbox"
LONG = ("--rate", "20", "--duration", "60s", "--quiet")
SHORT = ("--rate", "20", "--total", "5", "--quiet", *ONE_PAUSE_HITS_ALL)


@pytest.fixture
def cluster(bench: Bench) -> Iterator[Served]:
    """A simulator in a process of its own: a cluster like any other."""
    with serving(bench) as served:
        yield served


def leases(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.ok("GET", LEASES)["items"]
    return items


@pytest.mark.parametrize(
    ("load", "field"),
    [
        (("--rate", "5001", "--duration", "2s"), "load.rate: got 5001"),
        (("--rate", "100", "--duration", "3h"), "load.total: got 1080000"),
        (
            ("--arrivals", "burst", "--set", "load.burst={size: 9000, every: 1s}", "--duration", "2s"),
            "load.rate: got 9000",
        ),
    ],
)
def test_a_load_beyond_the_limits_is_meant_only_with_yes(
    bench: Bench, cluster: Served, load: tuple[str, ...], field: str
) -> None:
    refused = bench("run", *cluster.target, *load)
    assert refused.code == 2
    assert field in refused.stderr and "without --yes" in refused.stderr, refused.stderr
    assert not refused.out.exists()


def test_yes_means_it_and_the_embedded_simulator_never_asks(bench: Bench, cluster: Served) -> None:
    # Beyond the limit in a second phase, which nobody waits for.
    phases = [{"rate": 5, "duration": "60s"}, {"rate": 5001, "duration": "1s"}]
    words = ("run", *sets({"load.phases": phases}), "--quiet")
    assert bench(*words, *cluster.target).code == 2
    for meant in ((*cluster.target, "--yes"), ()):
        out = bench.out()
        process = bench.start(*words, *meant, "--out", out)
        until((out / "claims.jsonl").exists, 20, "the first claims")
        process.send_signal(signal.SIGINT)
        done = bench.finish(process, out)
        assert done.code == 130, done.stderr
        assert done.summary["load"]["planned"] == 5301


def test_a_search_beyond_the_limit_is_meant_only_with_yes(bench: Bench, cluster: Served) -> None:
    words = ("search", *cluster.target, "--slo", "warm_fraction>=0.9", "--max-rate", "6000")
    refused = bench(*words)
    assert refused.code == 2
    assert "search.max_rate: got 6000" in refused.stderr and "without --yes" in refused.stderr


def test_one_run_at_a_time_on_a_pool(bench: Bench, cluster: Served) -> None:
    api = cluster.api
    out = bench.out()
    first = bench.start("run", *cluster.target, *LONG, "--out", out)
    until(lambda: (out / "config.yaml").exists(), 20, "the first run")
    first_id = run_id(out)
    [lease] = leases(api)
    assert (lease["metadata"]["name"], lease["spec"]["holderIdentity"]) == (LEASE, first_id)
    assert lease["metadata"]["labels"]["agent-sandbox-bench/run-id"] == first_id
    second = bench("run", *cluster.target, *SHORT)
    assert second.code == 6 and f"the run {first_id} claims from the pool default/agent-sandbox" in second.stderr
    assert not second.out.exists()
    assert f"the run {first_id} claims" in bench("preflight", *cluster.target).stdout
    forced = bench("run", *cluster.target, *SHORT, "--force")
    assert forced.code == 0, forced.stderr
    assert any(first_id in warning for warning in forced.summary["warnings"])
    # Beyond the life of a Lease it still is the first run's: it was renewed, and the forced run took nothing.
    begun = lease["spec"]["renewTime"]
    until(lambda: leases(api)[0]["spec"]["renewTime"] > begun, 10, "a renewal")
    assert leases(api)[0]["spec"]["holderIdentity"] == first_id
    first.send_signal(signal.SIGINT)
    assert bench.finish(first, out).code == 130
    assert leases(api) == []
    assert bench("run", *cluster.target, *SHORT).code == 0
    assert leases(api) == []


def test_a_killed_run_holds_a_pool_no_longer_than_its_lease(bench: Bench, cluster: Served) -> None:
    api = cluster.api
    out = bench.out()
    killed = bench.start("run", *cluster.target, *LONG, "--out", out)
    until((out / "claims.jsonl").exists, 20, "the first claims")
    bench.kill(killed)
    [lease] = leases(api)
    assert bench("run", *cluster.target, *SHORT).code == 6
    stale = {"spec": {"renewTime": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - 11))}}
    assert (
        api.request("PATCH", f"{LEASES}/{lease['metadata']['name']}", stale, "application/merge-patch+json").status
        == 200
    )
    done = bench("run", *cluster.target, *SHORT)
    assert done.code == 0, done.stderr
    assert leases(api) == []


def test_cleanup_removes_the_lease_of_its_run_alone(bench: Bench, cluster: Served) -> None:
    api = cluster.api
    other = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "somebodys"}, "spec": {}}
    api.ok("POST", LEASES, other)
    out = bench.out()
    killed = bench.start("run", *cluster.target, *LONG, "--out", out)
    until((out / "claims.jsonl").exists, 20, "the first claims")
    bench.kill(killed)
    cleaned = bench("cleanup", *cluster.target, "--run-id", run_id(out))
    assert cleaned.code == 0 and "Lease" in cleaned.stderr, cleaned.stderr
    assert [lease["metadata"]["name"] for lease in leases(api)] == ["somebodys"]
    assert bench("run", *cluster.target, *SHORT).code == 0


def test_shares_of_one_schedule_claim_together(bench: Bench, cluster: Served) -> None:
    words = ("run", *cluster.target, "--rate", "20", "--duration", "2s", "--seed", "1", "--quiet", *SHARED_MACHINE)
    outs = [bench.out(), bench.out()]
    shares = [bench.start(*words, "--set", f"load.share={at + 1}/2", "--out", out) for at, out in enumerate(outs)]
    done = [bench.finish(process, out) for process, out in zip(shares, outs, strict=True)]
    assert [share.code for share in done] == [0, 0], done[0].stderr + done[1].stderr
    assert sum(share.summary["load"]["planned"] for share in done) == 40


def test_a_worker_outlives_thousands_of_claims_that_are_gone(bench: Bench) -> None:
    with serving(bench, {"simulator": {"claim_workers": 1, "warm_latency": {"median": "12s"}}}) as served:
        burst = ("--arrivals", "burst", "--set", "load.burst={size: 6000, every: 1s}", "--duration", "1s", "--yes")
        out = bench.out()
        process = bench.start("run", *served.target, *burst, "--force", "--quiet", "--out", out)
        until(lambda: claims(served) > 5000, 60, "a deep stack of claims")
        process.send_signal(signal.SIGINT)
        assert bench.finish(process, out).code == 130
        assert claims(served) == 0
        # Its one worker is through with the first claim, has found the others gone, and turns to the next.
        served.stack.claim("afterwards", pool="agent-sandbox")
        path = served.stack.path("sandboxclaims", "afterwards")
        served.api.until(path, lambda claim: "controller-first-observed-at" in facts(claim))


def claims(served: Served) -> int:
    """How many there are."""
    page = served.api.ok("GET", f"{CLAIMS}?limit=1")
    return len(page["items"]) + int(page["metadata"].get("remainingItemCount", 0))
