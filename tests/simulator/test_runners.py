"""Runs from several processes, on a simulator whose Jobs start them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.api import CLAIMS, Api
from support.bench import Bench, Finished, run_id, sets
from support.checks import check_outcomes
from support.histograms import slot, waits, whole_run
from support.proxy import Proxy
from support.simulator import Served, serving
from support.validity import SHARED_MACHINE
from support.waiting import until

PODS = "/api/v1/pods?labelSelector=agent-sandbox-bench/run-id"
MADE = (
    "/api/v1/namespaces?labelSelector=agent-sandbox-bench/run-id",
    "/apis/batch/v1/jobs",
    "/api/v1/serviceaccounts?labelSelector=agent-sandbox-bench/run-id",
    "/apis/rbac.authorization.k8s.io/v1/roles?labelSelector=agent-sandbox-bench/run-id",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings?labelSelector=agent-sandbox-bench/run-id",
    PODS,
    CLAIMS,
)
SOON = {"simulator.cold_latency.median": "100ms"}
LOAD = ("--arrivals", "poisson", "--rate", 100, "--duration", "2s", "--seed", 7)
LONG = ("--arrivals", "poisson", "--rate", 60, "--duration", "5s", "--seed", 7)


@dataclass
class Jobs:
    """A simulator, and what a run with runners makes on it."""

    served: Served

    @property
    def api(self) -> Api:
        """Its API."""
        return self.served.api

    def runners(self) -> dict[int, int]:
        """The processes of the runners: their ids by their index."""
        started = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it has ended
                continue
            if parent == self.served.process.pid and b"runner" in words:
                started.append((words[words.index(b"--kubeconfig") + 1].decode(), int(process.name)))
        pods = {pod["metadata"]["uid"]: pod for pod in self.api.ok("GET", PODS)["items"]}
        index = "batch.kubernetes.io/job-completion-index"
        of = {uid: int(pod["metadata"]["annotations"][index]) for uid, pod in pods.items()}
        return {of[Path(file).stem]: process for file, process in started if Path(file).stem in of}

    def left(self) -> list[str]:
        """What there is of what a run makes."""
        return [item["metadata"]["name"] for path in MADE for item in self.api.ok("GET", path)["items"]]

    def created(self) -> set[str]:
        """The names of all claims whose create arrived and that were deleted."""
        return {line["name"] for line in self.served.lines("name")}

    def wait_for_claims(self, count: int) -> None:
        """Waits until that many have been created and deleted."""
        until(lambda: len(self.created()) >= count, 30, f"{count} claims")


@pytest.fixture
def jobs(bench: Bench) -> Iterator[Jobs]:
    with serving(bench, SOON) as served:
        yield Jobs(served)


def schedule(done: Finished, *, run: str) -> list[tuple[Any, ...]]:
    """What a run planned, its own id left out."""
    return [
        (claim["index"], claim["intended_ns"], claim["name"].replace(run, "RUN"), claim["warm_pool"])
        for claim in done.claims
    ]


def test_four_runners_send_the_schedule_of_one_process(bench: Bench) -> None:
    pools = ("--set", "load.warm_pools=[{name: agent-sandbox, weight: 2}, {name: agent-sandbox, weight: 1}]")
    alone = bench("run", *LOAD, *pools, *SHARED_MACHINE)
    shared = bench("run", *LOAD, *pools, *SHARED_MACHINE, *sets(SOON), "--runners", 4, timeout=120)
    assert (alone.code, shared.code) == (0, 0), shared.stderr
    assert schedule(shared, run=shared.summary["run_id"]) == schedule(alone, run=alone.summary["run_id"])
    check_outcomes(shared)
    assert shared.summary["outcomes"]["ready"] == shared.summary["load"]["planned"]
    assert {claim["runner"] for claim in shared.claims} == {0, 1, 2, 3}
    assert all(claim["runner"] == claim["index"] % 4 for claim in shared.claims)
    runners = shared.summary["runners"]
    assert [(runner["index"], runner["outcome"], runner["valid"]) for runner in runners] == [
        (index, "done", True) for index in range(4)
    ]
    for runner in runners:
        # All on one machine: what is measured of its clocks must be next to nothing.
        assert abs(runner["clock_offset_s"]) <= runner["clock_uncertainty_s"] + 1e-3
        assert abs(runner["clock_drift_s"]) <= runner["clock_drift_uncertainty_s"] + 1e-6
        assert 0 < runner["clock_uncertainty_s"] < 0.5
        assert runner["cpu_s"] > 0
        assert runner["max_rss_bytes"] > 1e6
    assert sum(sum(runner["outcomes"].values()) for runner in runners) == shared.summary["load"]["planned"]
    assert "runners' histograms" not in " ".join(shared.summary["warnings"])


def test_histograms_are_merged(bench: Bench) -> None:
    done = bench("run", *LOAD, *SHARED_MACHINE, *sets(SOON), "--runners", 2, timeout=120)
    assert done.code == 0, done.stderr
    whole = whole_run(done.out / "latency.hlog")
    parts = [whole_run(done.out / f"runner-{runner}.hlog") for runner in range(2)]
    assert set(whole) == set(parts[0]) | set(parts[1])
    for latency, counts in whole.items():
        assert counts == parts[0].get(latency, Counter()) + parts[1].get(latency, Counter())
    assert whole["time_to_ready"] == waits(done.claims)
    lags = (claim["handed_over_ns"] - claim["intended_ns"] for claim in done.claims)
    assert whole["schedule_lag"] == Counter(slot(lag) for lag in lags)


def start(bench: Bench, jobs: Jobs, out: Path, *more: object, by: Path | None = None) -> subprocess.Popen[str]:
    """Starts a run of four runners, by another kubeconfig if one is named; returns at its first claim."""
    load = (*LONG, *SHARED_MACHINE, "--runners", 4)
    process = bench.start("run", "--kubeconfig", by or jobs.served.kubeconfig, *load, "--out", out, *more)
    until(lambda: process.poll() is not None or bool(jobs.api.ok("GET", CLAIMS)["items"]), 60, "the first claim")
    return process


def test_a_runner_that_is_killed(bench: Bench, jobs: Jobs) -> None:
    out = bench.out()
    process = start(bench, jobs, out, "--hold", "500ms")
    jobs.wait_for_claims(60)
    os.kill(jobs.runners()[2], signal.SIGKILL)
    done = bench.finish(process, out, 60)
    assert done.code == 3, done.stderr
    check_outcomes(done)
    summary = done.summary
    assert "runner_lost" in summary["invalid_reasons"]
    assert [runner["outcome"] for runner in summary["runners"]] == ["done", "done", "lost", "done"]
    lost = [claim for claim in done.claims if claim["reason"] == "runner_lost"]
    assert {claim["runner"] for claim in lost} == {2}
    assert {claim["outcome"] for claim in lost} == {"failed", "not_sent"}
    assert all(claim["outcome"] == "ready" for claim in done.claims if claim["runner"] != 2)
    assert jobs.left() == []
    # None that the server has seen is said not to have been sent; and few that it has not are said to have been.
    created = jobs.created()
    assert not [claim["name"] for claim in lost if claim["outcome"] == "not_sent" and claim["name"] in created]
    failed = [claim["name"] for claim in lost if claim["outcome"] == "failed"]
    assert set(failed) & created
    assert len(lost) - len(failed) > 30


def test_a_runner_that_is_told_to_end(bench: Bench, jobs: Jobs) -> None:
    out = bench.out()
    process = start(bench, jobs, out)
    jobs.wait_for_claims(60)
    os.kill(jobs.runners()[1], signal.SIGTERM)
    done = bench.finish(process, out, 60)
    assert done.code == 3, done.stderr
    check_outcomes(done)
    assert [runner["outcome"] for runner in done.summary["runners"]] == ["done", "stopped", "done", "done"]
    assert "runner_lost" in done.summary["invalid_reasons"]
    assert not done.summary["interrupted"]
    # It told of all it had sent before it ended.
    assert done.summary["reasons"].keys() <= {"not_sent.runner_lost", "failed.runner_lost"}
    assert jobs.left() == []


def test_a_coordinator_whose_connections_break(bench: Bench, jobs: Jobs, tmp_path: Path) -> None:
    with Proxy(jobs.served.kubeconfig) as proxy:
        out = bench.out()
        process = start(bench, jobs, out, by=proxy.kubeconfig(tmp_path / "proxy.kubeconfig"))
        for claims in (60, 140):
            jobs.wait_for_claims(claims)
            assert proxy.sever() >= 4, "each runner is followed over a connection of its own"
        done = bench.finish(process, out, 60)
    assert done.code == 0, done.stderr
    check_outcomes(done)
    assert done.summary["outcomes"]["ready"] == done.summary["load"]["planned"]
    assert [runner["outcome"] for runner in done.summary["runners"]] == ["done"] * 4
    assert "runners' histograms" not in " ".join(done.summary["warnings"])
    assert jobs.left() == []


def test_a_coordinator_that_is_killed(bench: Bench, jobs: Jobs) -> None:
    out = bench.out()
    process = start(bench, jobs, out, "--set", "load.duration=60s")
    jobs.wait_for_claims(30)
    assert len(jobs.runners()) == 4
    bench.kill(process)
    # They hear nothing for 15 s, and stop by themselves.
    until(lambda: not jobs.runners(), 60, "the runners' end")
    assert jobs.api.ok("GET", CLAIMS)["items"] == []
    assert jobs.left(), "nothing was left to clean up: the test is void"
    cleaned = bench("cleanup", *jobs.served.target, "--run-id", run_id(out))
    assert cleaned.code == 0, cleaned.stderr
    assert jobs.left() == []


def test_cleanup_ends_runners_that_still_claim(bench: Bench, jobs: Jobs) -> None:
    out = bench.out()
    process = start(bench, jobs, out, "--set", "load.duration=60s")
    bench.kill(process)
    cleaned = bench("cleanup", *jobs.served.target, "--run-id", run_id(out))
    assert cleaned.code == 0, cleaned.stderr
    assert jobs.runners() == {}
    assert jobs.left() == []


def test_interrupted(bench: Bench, jobs: Jobs) -> None:
    out = bench.out()
    process = start(bench, jobs, out, "--hold", "60s")
    until(lambda: len(jobs.api.ok("GET", CLAIMS)["items"]) >= 30, 30, "30 claims")
    process.send_signal(signal.SIGINT)
    done = bench.finish(process, out, 60)
    assert done.code == 130, done.stderr
    check_outcomes(done)
    assert done.summary["reasons"]["not_sent.interrupted"] > 0
    assert "runner_lost" not in done.summary["invalid_reasons"]
    assert jobs.left() == []


def test_runners_that_cannot_reach_the_api_or_start(bench: Bench, jobs: Jobs) -> None:
    words = ("run", *jobs.served.target, *LOAD, "--runners", 2)
    late = bench(*words, "--set", "load.runner.start_timeout=1ms")
    assert late.code == 1, late.stderr
    assert "no runner could start" in late.stderr
    assert jobs.left() == []


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--arrivals", "closed"), "load.runners"),
        (("--set", "load.share=1/2"), "load.runners"),
        (("--set", "load.stop_after_failures=3"), "load.stop_after_failures"),
        (("--max-in-flight", 1), "load.max_in_flight"),
        (("--total", 1), "load.runners"),
        (("--set", "load.runner.cpu_request=much"), "load.runner.cpu_request"),
        (("--runners", 2000), "load.runners"),
    ],
)
def test_what_runners_cannot_do(bench: Bench, words: tuple[object, ...], field: str) -> None:
    runners = () if "--runners" in words else ("--runners", 2)
    refused = bench("run", *words, *runners)
    assert refused.code == 2, refused.stderr
    assert field in refused.stderr
