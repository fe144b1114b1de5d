"""What a named cluster is spared of: loads that are a slip of the finger, and two runs on one pool."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conformance.api import Api
from conftest import LENIENT, Bench, wait_for

LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
LEASE = "agent-sandbox-bench.agent-sandbox"
LONG = ("--rate", "20", "--duration", "60s", "--quiet")
SHORT = ("--rate", "20", "--total", "5", "--quiet", *LENIENT)


@pytest.fixture
def cluster(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of a simulator of its own process: a cluster like any other."""
    kubeconfig = tmp_path / "kubeconfig"
    process = bench.start("simulate", "--kubeconfig-out", kubeconfig)
    try:
        wait_for(lambda: kubeconfig.exists() or process.poll() is not None, 20, "the simulator's kubeconfig")
        yield kubeconfig
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


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
    bench: Bench, cluster: Path, load: tuple[str, ...], field: str
) -> None:
    refused = bench("run", "--kubeconfig", cluster, *load)
    assert refused.code == 2
    assert field in refused.stderr and "without --yes" in refused.stderr, refused.stderr
    assert not refused.out.exists()


def test_yes_means_it_and_the_embedded_simulator_never_asks(bench: Bench, cluster: Path) -> None:
    burst = (
        "--arrivals",
        "burst",
        "--set",
        "load.burst={size: 5001, every: 1s}",
        "--duration",
        "1s",
        "--quiet",
        *LENIENT,
    )
    meant = bench("run", "--kubeconfig", cluster, *burst, "--yes", timeout=120)
    assert meant.code == 0, meant.stderr
    assert meant.summary["load"]["planned"] == 5001
    assert bench("run", *burst, timeout=120).code == 0


def test_a_search_beyond_the_limit_is_meant_only_with_yes(bench: Bench, cluster: Path) -> None:
    words = ("search", "--kubeconfig", cluster, "--slo", "warm_fraction>=0.9", "--max-rate", "6000")
    refused = bench(*words)
    assert refused.code == 2
    assert "search.max_rate: got 6000" in refused.stderr and "without --yes" in refused.stderr


def test_one_run_at_a_time_on_a_pool(bench: Bench, cluster: Path) -> None:
    api = Api.from_kubeconfig(cluster)
    out = bench.out()
    first = bench.start("run", "--kubeconfig", cluster, *LONG, "--out", out)
    wait_for(lambda: (out / "config.yaml").exists(), 20, "the first run")
    run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
    [lease] = leases(api)
    assert (lease["metadata"]["name"], lease["spec"]["holderIdentity"]) == (LEASE, run_id)
    assert lease["metadata"]["labels"]["agent-sandbox-bench/run-id"] == run_id
    second = bench("run", "--kubeconfig", cluster, *SHORT)
    assert second.code == 6 and f"the run {run_id} claims from the pool default/agent-sandbox" in second.stderr
    assert not second.out.exists()
    assert f"the run {run_id} claims" in bench("preflight", "--kubeconfig", cluster).stdout
    forced = bench("run", "--kubeconfig", cluster, *SHORT, "--force")
    assert forced.code == 0, forced.stderr
    assert any(run_id in warning for warning in forced.summary["warnings"])
    # Beyond the life of a Lease it still is the first run's: it was renewed, and the forced run took nothing.
    begun = lease["spec"]["renewTime"]
    wait_for(lambda: leases(api)[0]["spec"]["renewTime"] > begun, 10, "a renewal")
    assert leases(api)[0]["spec"]["holderIdentity"] == run_id
    first.send_signal(signal.SIGINT)
    assert bench.finish(first, out).code == 130
    assert leases(api) == []
    assert bench("run", "--kubeconfig", cluster, *SHORT).code == 0
    assert leases(api) == []


def test_a_killed_run_holds_a_pool_no_longer_than_its_lease(bench: Bench, cluster: Path) -> None:
    api = Api.from_kubeconfig(cluster)
    out = bench.out()
    killed = bench.start("run", "--kubeconfig", cluster, *LONG, "--out", out)
    wait_for(lambda: (out / "claims.jsonl").exists(), 20, "the first claims")
    killed.kill()
    killed.communicate()
    [lease] = leases(api)
    assert bench("run", "--kubeconfig", cluster, *SHORT).code == 6
    stale = {"spec": {"renewTime": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - 11))}}
    assert (
        api.request("PATCH", f"{LEASES}/{lease['metadata']['name']}", stale, "application/merge-patch+json").status
        == 200
    )
    done = bench("run", "--kubeconfig", cluster, *SHORT)
    assert done.code == 0, done.stderr
    assert leases(api) == []


def test_cleanup_removes_the_lease_of_its_run_alone(bench: Bench, cluster: Path) -> None:
    api = Api.from_kubeconfig(cluster)
    other = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "somebodys"}, "spec": {}}
    api.ok("POST", LEASES, other)
    out = bench.out()
    killed = bench.start("run", "--kubeconfig", cluster, *LONG, "--out", out)
    wait_for(lambda: (out / "claims.jsonl").exists(), 20, "the first claims")
    killed.kill()
    killed.communicate()
    run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
    cleaned = bench("cleanup", "--kubeconfig", cluster, "--run-id", run_id)
    assert cleaned.code == 0 and "Lease" in cleaned.stderr, cleaned.stderr
    assert [lease["metadata"]["name"] for lease in leases(api)] == ["somebodys"]
    assert bench("run", "--kubeconfig", cluster, *SHORT).code == 0


def test_shares_of_one_schedule_claim_together(bench: Bench, cluster: Path) -> None:
    words = ("run", "--kubeconfig", cluster, "--rate", "20", "--duration", "3s", "--seed", "1", "--quiet", *LENIENT)
    outs = [bench.out(), bench.out()]
    shares = [bench.start(*words, "--set", f"load.share={at + 1}/2", "--out", out) for at, out in enumerate(outs)]
    done = [bench.finish(process, out) for process, out in zip(shares, outs, strict=True)]
    assert [share.code for share in done] == [0, 0], done[0].stderr + done[1].stderr
    assert sum(share.summary["load"]["planned"] for share in done) == 60


def test_a_worker_outlives_thousands_of_claims_that_are_gone(bench: Bench, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    slow = ("--set", "simulator={claim_workers: 1, warm_latency: {median: 12s}}")
    simulator = bench.start("simulate", "--kubeconfig-out", kubeconfig, *slow)
    wait_for(lambda: kubeconfig.exists() or simulator.poll() is not None, 20, "the simulator's kubeconfig")
    burst = ("--arrivals", "burst", "--set", "load.burst={size: 10000, every: 1s}", "--duration", "1s", "--yes")
    wait = ("--ready-timeout", "8s", "--force", "--quiet", *LENIENT)
    done = bench("run", "--kubeconfig", kubeconfig, *burst, *wait, timeout=120)
    assert done.summary["outcomes"]["timed_out"] > 5000, f"too few claims for a deep stack: {done.stderr}"
    time.sleep(10)  # its one worker is through with the first claim, and finds the others gone
    assert simulator.poll() is None, simulator.communicate()[1]
    assert Api.from_kubeconfig(kubeconfig).request("GET", "/readyz").status == 200
    simulator.send_signal(signal.SIGTERM)
    simulator.communicate(timeout=20)
