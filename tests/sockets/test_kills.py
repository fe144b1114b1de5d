"""A generator killed at any instant loses nothing: what it left can be read, named and removed, and nothing else is."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import agent_sandbox_bench as asb
from support.api import CLAIMS, LEASES, Api
from support.bench import Bench, run_id

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
        time.sleep(draw.uniform(0, 2.5))  # any instant will do
        bench.kill(process)
        if not (out / "config.yaml").exists():
            assert standing(api) == theirs, "claimed before it could be named"
            return
        lines = (out / "claims.jsonl").read_text().split("\n") if (out / "claims.jsonl").exists() else [""]
        recorded = [json.loads(line) for line in lines[:-1]]
        assert all(claim["name"].startswith(f"asb-{run_id(out)}-") for claim in recorded)
        told = bench("report", out)
        assert (told.code, (out / "report.html").exists()) == (0, True), told.stderr
        done = bench("cleanup", "--kubeconfig", simulator.kubeconfig, "--run-id", run_id(out))
        assert done.code == 0, done.stderr
        assert standing(api) == theirs
        assert api.ok("GET", LEASES)["items"] == []
