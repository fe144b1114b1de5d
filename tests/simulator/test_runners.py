"""Runs from several processes, on a simulator whose Jobs start them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from conformance.api import Api
from conftest import LENIENT, Bench, Finished, wait_for
from histograms import slot, waits, whole_run
from simulator.proxy import Proxy

CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"
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
SOON = ("--set", "simulator.cold_latency.median=100ms")
LOAD = ("--arrivals", "poisson", "--rate", 100, "--duration", "3s", "--seed", 7)
LONG = ("--arrivals", "poisson", "--rate", 60, "--duration", "8s", "--seed", 7)


@dataclass
class Served:
    """A simulator in a process of its own."""

    kubeconfig: Path
    truth: Path
    process: int
    api: Api

    def runners(self) -> dict[int, int]:
        """The processes of the runners: their ids by their index."""
        started = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:  # it has ended
                continue
            if parent == self.process and b"runner" in words:
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
        return {json.loads(line)["name"] for line in self.truth.read_text().splitlines()}


@pytest.fixture
def served(bench: Bench, tmp_path: Path) -> Iterator[Served]:
    kubeconfig, truth = tmp_path / "simulator.kubeconfig", tmp_path / "truth"
    words = ("--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig, "--truth-out", truth)
    process = bench.start("simulate", *words, *SOON)
    try:
        wait_for(lambda: kubeconfig.exists() or process.poll() is not None, 20, "the simulator's kubeconfig")
        yield Served(kubeconfig, truth, process.pid, Api.from_kubeconfig(kubeconfig))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def schedule(done: Finished, *, run: str) -> list[tuple[Any, ...]]:
    """What a run planned, its own id left out."""
    return [
        (claim["index"], claim["intended_ns"], claim["name"].replace(run, "RUN"), claim["warm_pool"])
        for claim in done.claims
    ]


def add_up(done: Finished) -> None:
    """Every planned claim has one outcome, and one line."""
    planned = done.summary["load"]["planned"]
    assert sum(done.summary["outcomes"].values()) == planned == len(done.claims)
    assert [claim["index"] for claim in done.claims] == list(range(planned))


def test_four_runners_send_the_schedule_of_one_process(bench: Bench) -> None:
    pools = ("--set", "load.warm_pools=[{name: agent-sandbox, weight: 2}, {name: agent-sandbox, weight: 1}]")
    alone = bench("run", *LOAD, *pools, *LENIENT)
    shared = bench("run", *LOAD, *pools, *LENIENT, *SOON, "--runners", 4, timeout=120)
    assert (alone.code, shared.code) == (0, 0), shared.stderr
    assert schedule(shared, run=shared.summary["run_id"]) == schedule(alone, run=alone.summary["run_id"])
    add_up(shared)
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
    done = bench("run", *LOAD, *LENIENT, *SOON, "--runners", 2, timeout=120)
    assert done.code == 0, done.stderr
    whole = whole_run(done.out / "latency.hlog")
    parts = [whole_run(done.out / f"runner-{runner}.hlog") for runner in range(2)]
    assert set(whole) == set(parts[0]) | set(parts[1])
    for latency, counts in whole.items():
        assert counts == parts[0].get(latency, Counter()) + parts[1].get(latency, Counter())
    assert whole["time_to_ready"] == waits(done.claims)
    lags = (claim["handed_over_ns"] - claim["intended_ns"] for claim in done.claims)
    assert whole["schedule_lag"] == Counter(slot(lag) for lag in lags)


def start(bench: Bench, served: Served, out: Path, *more: object) -> Any:
    words = ("run", "--kubeconfig", served.kubeconfig, *LONG, *LENIENT, "--runners", 4, "--out", out, *more)
    process = bench.start(*words)
    wait_for(lambda: process.poll() is not None or bool(served.api.ok("GET", CLAIMS)["items"]), 60, "the first claim")
    return process


def test_a_runner_that_is_killed(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start(bench, served, out, "--hold", "500ms")
    time.sleep(4)
    os.kill(served.runners()[2], signal.SIGKILL)
    done = bench.finish(process, out, 60)
    assert done.code == 3, done.stderr
    add_up(done)
    summary = done.summary
    assert "runner_lost" in summary["invalid_reasons"]
    assert [runner["outcome"] for runner in summary["runners"]] == ["done", "done", "lost", "done"]
    lost = [claim for claim in done.claims if claim["reason"] == "runner_lost"]
    assert {claim["runner"] for claim in lost} == {2}
    assert {claim["outcome"] for claim in lost} == {"failed", "not_sent"}
    assert all(claim["outcome"] == "ready" for claim in done.claims if claim["runner"] != 2)
    assert served.left() == []
    # None that the server has seen is said not to have been sent; and few that it has not are said to have been.
    created = served.created()
    assert not [claim["name"] for claim in lost if claim["outcome"] == "not_sent" and claim["name"] in created]
    failed = [claim["name"] for claim in lost if claim["outcome"] == "failed"]
    assert set(failed) & created
    assert len(lost) - len(failed) > 30


def test_a_runner_that_is_told_to_end(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start(bench, served, out)
    time.sleep(3)
    os.kill(served.runners()[1], signal.SIGTERM)
    done = bench.finish(process, out, 60)
    assert done.code == 3, done.stderr
    add_up(done)
    assert [runner["outcome"] for runner in done.summary["runners"]] == ["done", "stopped", "done", "done"]
    assert "runner_lost" in done.summary["invalid_reasons"]
    assert not done.summary["interrupted"]
    # It told of all it had sent before it ended.
    assert done.summary["reasons"].keys() <= {"not_sent.runner_lost", "failed.runner_lost"}
    assert served.left() == []


def test_a_coordinator_whose_connections_break(bench: Bench, served: Served, tmp_path: Path) -> None:
    with Proxy(served.kubeconfig) as proxy:
        out = bench.out()
        process = start(bench, replace(served, kubeconfig=proxy.kubeconfig(tmp_path / "proxy.kubeconfig")), out)
        for _ in range(2):
            time.sleep(2)
            assert proxy.sever() >= 4, "each runner is followed over a connection of its own"
        done = bench.finish(process, out, 60)
    assert done.code == 0, done.stderr
    add_up(done)
    assert done.summary["outcomes"]["ready"] == done.summary["load"]["planned"]
    assert [runner["outcome"] for runner in done.summary["runners"]] == ["done"] * 4
    assert "runners' histograms" not in " ".join(done.summary["warnings"])
    assert served.left() == []


def test_a_coordinator_that_is_killed(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start(bench, served, out, "--set", "load.duration=60s")
    time.sleep(3)
    runners = served.runners()
    assert len(runners) == 4
    process.kill()
    process.communicate()
    # They hear nothing for 15 s, and stop by themselves.
    wait_for(lambda: not served.runners(), 60, "the runners' end")
    assert served.api.ok("GET", CLAIMS)["items"] == []
    run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
    assert served.left(), "nothing was left to clean up: the test is void"
    cleaned = bench("cleanup", "--kubeconfig", served.kubeconfig, "--run-id", run_id)
    assert cleaned.code == 0, cleaned.stderr
    assert served.left() == []


def test_cleanup_ends_runners_that_still_claim(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start(bench, served, out, "--set", "load.duration=60s")
    process.kill()
    process.communicate()
    run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
    cleaned = bench("cleanup", "--kubeconfig", served.kubeconfig, "--run-id", run_id)
    assert cleaned.code == 0, cleaned.stderr
    assert served.runners() == {}
    assert served.left() == []


def test_interrupted(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start(bench, served, out, "--hold", "60s")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    done = bench.finish(process, out, 60)
    assert done.code == 130, done.stderr
    add_up(done)
    assert done.summary["reasons"]["not_sent.interrupted"] > 0
    assert "runner_lost" not in done.summary["invalid_reasons"]
    assert served.left() == []


def test_runners_that_cannot_reach_the_api_or_start(bench: Bench, served: Served) -> None:
    words = ("run", "--kubeconfig", served.kubeconfig, *LOAD, "--runners", 2)
    late = bench(*words, "--set", "load.runner.start_timeout=1ms")
    assert late.code == 1, late.stderr
    assert "no runner could start" in late.stderr
    assert served.left() == []


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
