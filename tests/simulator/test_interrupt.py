"""Runs that are stopped, politely or not, on a simulator in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Bench, wait_for

CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"


@dataclass
class Served:
    """A simulator that serves other processes."""

    kubeconfig: Path
    url: str
    token: str

    def request(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One request to it."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            decoded: dict[str, Any] = json.load(answer)
        return decoded

    def claims(self) -> list[str]:
        """Names of the claims there are."""
        return [item["metadata"]["name"] for item in self.request("GET", CLAIMS)["items"]]


@pytest.fixture
def served(bench: Bench, tmp_path: Path) -> Iterator[Served]:
    kubeconfig = tmp_path / "simulator.kubeconfig"
    process = bench.start("simulate", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig)
    try:
        wait_for(lambda: kubeconfig.exists() or process.poll() is not None, 10, "the simulator's kubeconfig")
        config = yaml.safe_load(kubeconfig.read_text())
        yield Served(kubeconfig, config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


def start_held_run(bench: Bench, served: Served, out: Path) -> subprocess.Popen[str]:
    already = len(served.claims())
    load = ("--rate", 20, "--duration", "60s", "--hold", "60s")
    # Forced: the pool may still be the run's that was just killed.
    process = bench.start("run", "--kubeconfig", served.kubeconfig, *load, "--force", "--out", out)
    wait_for(lambda: len(served.claims()) > already + 20, 20, "20 claims")
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
    assert sum(summary["outcomes"].values()) == summary["load"]["planned"] == 1200 == len(done.claims)
    assert summary["outcomes"]["ready"] >= 20 and summary["reasons"]["not_sent.interrupted"] > 1000
    assert served.claims() == []


def test_what_a_kill_leaves_can_be_named_and_removed(bench: Bench, served: Served) -> None:
    others = {
        "apiVersion": "extensions.agents.x-k8s.io/v1beta1",
        "kind": "SandboxClaim",
        "metadata": {"name": "somebody-elses", "labels": {"app.kubernetes.io/managed-by": "agent-sandbox-bench"}},
        "spec": {"warmPoolRef": {"name": "agent-sandbox"}},
    }
    served.request("POST", CLAIMS, others)
    for pause in (0.0, 0.3, 0.7):
        out = bench.out()
        process = start_held_run(bench, served, out)
        time.sleep(pause)
        process.kill()
        process.communicate()
        run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
        lines = (out / "claims.jsonl").read_text().split("\n")
        assert all(json.loads(line) for line in lines[:-1])
        assert len(served.claims()) > 20, "nothing was left to clean up: the test is void"
        cleaned = bench("cleanup", "--kubeconfig", served.kubeconfig, "--run-id", run_id)
        assert cleaned.code == 0 and len(cleaned.stdout.splitlines()) >= 20, cleaned.stderr
        assert served.claims() == ["somebody-elses"]


def test_cleanup_of_all_runs_leaves_what_has_no_run(bench: Bench, served: Served) -> None:
    for _ in range(2):
        process = start_held_run(bench, served, bench.out())
        process.kill()
        process.communicate()
        assert bench("cleanup", "--kubeconfig", served.kubeconfig, "--run-id", "abcdefgh12").code == 0
    assert len(served.claims()) >= 40
    assert bench("cleanup", "--kubeconfig", served.kubeconfig, "--all-runs").code == 0
    assert served.claims() == []
