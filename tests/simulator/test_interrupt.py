"""Runs that are stopped, politely or not, on a simulator in a process of its own."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.api import CLAIMS
from support.bench import Bench, run_id
from support.checks import check_outcomes
from support.simulator import Served, serving
from support.validity import SHARED_MACHINE
from support.waiting import until


@pytest.fixture
def served(bench: Bench) -> Iterator[Served]:
    with serving(bench) as served:
        yield served


def claims(served: Served) -> list[str]:
    """Names of the claims there are."""
    return [item["metadata"]["name"] for item in served.api.ok("GET", CLAIMS)["items"]]


def start_held_run(bench: Bench, served: Served, out: Path) -> subprocess.Popen[str]:
    """Starts a run that keeps its claims; returns when there are 20."""
    already = len(claims(served))
    load = ("--rate", 40, "--duration", "30s", "--hold", "60s")
    # Forced: the pool may still be the run's that was just killed.
    process = bench.start("run", *served.target, *load, "--force", "--out", out)
    until(lambda: len(claims(served)) > already + 20, 20, "20 claims")
    return process


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_releases_and_writes(bench: Bench, served: Served, kind: signal.Signals) -> None:
    out = bench.out()
    process = start_held_run(bench, served, out)
    process.send_signal(kind)
    done = bench.finish(process, out, 30)
    assert done.code == 130, done.stderr
    summary = done.summary
    assert summary["interrupted"] and "interrupted" in summary["invalid_reasons"]
    check_outcomes(done)
    assert summary["load"]["planned"] == 1200
    assert summary["outcomes"]["ready"] >= 20 and summary["reasons"]["not_sent.interrupted"] > 1000
    assert claims(served) == []


def test_what_a_kill_leaves_can_be_named_and_removed(bench: Bench, served: Served) -> None:
    others = {
        "apiVersion": "extensions.agents.x-k8s.io/v1beta1",
        "kind": "SandboxClaim",
        "metadata": {"name": "somebody-elses", "labels": {"app.kubernetes.io/managed-by": "agent-sandbox-bench"}},
        "spec": {"warmPoolRef": {"name": "agent-sandbox"}},
    }
    served.api.ok("POST", CLAIMS, others)
    load = ("--rate", 100, "--duration", "30s", "--hold", "500ms", "--force", "--quiet")
    for ended in (1, 20, 50):
        out = bench.out()
        process = bench.start("run", *served.target, *load, "--out", out)
        recorded = out / "claims.jsonl"
        until(lambda: recorded.exists() and recorded.read_text().count("\n") >= ended, 20, f"{ended} claims")  # noqa: B023
        bench.kill(process)
        whole = [json.loads(line) for line in recorded.read_text().split("\n")[:-1]]
        assert len(whole) >= ended
        assert len(claims(served)) > 20, "nothing was left to clean up: the test is void"
        cleaned = bench("cleanup", *served.target, "--run-id", run_id(out))
        assert cleaned.code == 0 and len(cleaned.stdout.splitlines()) >= 20, cleaned.stderr
        assert claims(served) == ["somebody-elses"]


def test_cleanup_of_all_runs_leaves_what_has_no_run(bench: Bench, served: Served) -> None:
    for _ in range(2):
        bench.kill(start_held_run(bench, served, bench.out()))
        assert bench("cleanup", *served.target, "--run-id", "abcdefgh12").code == 0
    assert len(claims(served)) >= 40
    assert bench("cleanup", *served.target, "--all-runs").code == 0
    assert claims(served) == []


@pytest.fixture
def heard_hangups() -> Iterator[None]:
    """Programs are started as from a terminal, also where the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heard_hangups")
def test_a_hangup_ends_a_run_as_a_signal_does(bench: Bench, served: Served) -> None:
    out = bench.out()
    process = start_held_run(bench, served, out)
    process.send_signal(signal.SIGHUP)
    done = bench.finish(process, out, 30)
    assert done.code == 130 and done.summary["interrupted"], done.stderr
    assert claims(served) == []


def test_a_hangup_that_is_ignored_stays_ignored(bench: Bench, served: Served) -> None:
    out = bench.out()
    load = ("--rate", "20", "--duration", "3s", *SHARED_MACHINE, "--out", out)
    command = ["nohup", bench.command, "run", *served.target, *map(str, load)]
    process = subprocess.Popen(command, cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: claims(served) != [], 20, "a claim")
    process.send_signal(signal.SIGHUP)
    done = bench.finish(process, out, 30)
    assert done.code == 0 and not done.summary["interrupted"], done.stderr


def test_a_second_interrupt_says_what_stays(bench: Bench) -> None:
    with serving(bench) as served:
        out = bench.out()
        process = start_held_run(bench, served, out)
        # A server that answers nothing keeps the run from its end.
        served.process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        until(lambda: "once more to leave it behind" in process.stderr.readline(), 20, "the first answer")  # type: ignore[union-attr]
        process.send_signal(signal.SIGINT)
        done = bench.finish(process, out, 10)
        assert done.code == 130
        [said] = [line for line in done.stderr.splitlines() if run_id(out) in line]
        served.process.send_signal(signal.SIGCONT)
        # What it had asked the server to delete may be gone by now.
        words = shlex.split(said.partition("by: ")[2])
        assert words[0] == "agent-sandbox-bench" and bench(*words[1:]).code == 0
        assert claims(served) == []
