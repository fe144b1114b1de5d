"""A generator killed at any instant loses nothing: what it left can be read, named and removed, and nothing else is."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import agent_sandbox_bench as asb
import yaml
from conformance.api import Api
from conftest import Bench

LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"
LOAD = ("--rate", 100, "--duration", "60s", "--hold", "300ms", "--quiet")


def others(api: Api) -> list[str]:
    """Claims of somebody else, one of which looks much like ours."""
    made = []
    for name, labels in {
        "plain": {},
        "alike": {"app.kubernetes.io/managed-by": "agent-sandbox-bench"},
        "another-run": {"agent-sandbox-bench/run-id": "another0run", "app.kubernetes.io/managed-by": "somebody"},
    }.items():
        body: dict[str, Any] = {
            "apiVersion": "extensions.agents.x-k8s.io/v1beta1",
            "kind": "SandboxClaim",
            "metadata": {"name": name, "labels": labels},
            "spec": {"warmPoolRef": {"name": "agent-sandbox"}},
        }
        api.ok("POST", CLAIMS, body)
        made.append(name)
    return sorted(made)


def standing(api: Api) -> list[str]:
    return sorted(item["metadata"]["name"] for item in api.ok("GET", CLAIMS)["items"])


def test_a_kill_loses_nothing(bench: Bench, kill: int) -> None:
    draw = random.Random(kill)  # noqa: S311 - repeatable, not secret
    with asb.Simulator({"simulator": {"seed": kill}}) as simulator:
        api = Api.from_kubeconfig(simulator.kubeconfig)
        theirs = others(api)
        out = bench.out()
        process = bench.start("run", "--kubeconfig", simulator.kubeconfig, *LOAD, "--out", out)
        time.sleep(draw.uniform(0, 2.5))
        process.kill()
        process.communicate()
        if not (out / "config.yaml").exists():
            assert standing(api) == theirs, "claimed before it could be named"
            return
        run_id = yaml.safe_load((out / "config.yaml").read_text())["run_id"]
        lines = (out / "claims.jsonl").read_text().split("\n") if (out / "claims.jsonl").exists() else [""]
        recorded = [json.loads(line) for line in lines[:-1]]
        assert all(claim["name"].startswith(f"asb-{run_id}-") for claim in recorded)
        told = bench("report", out)
        assert (told.code, (out / "report.html").exists()) == (0, True), told.stderr
        done = bench("cleanup", "--kubeconfig", simulator.kubeconfig, "--run-id", run_id)
        assert done.code == 0, done.stderr
        assert standing(api) == theirs
        assert api.ok("GET", LEASES)["items"] == []
