"""What gVisor sandboxes cost a real node: memory and pressure; and the stages of their Pods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from node.real_node import RealNode, pod
from support.bench import Bench, sets
from support.validity import ONE_PAUSE_HITS_ALL

POOL = "density"
HAS_PRESSURE = Path("/proc/pressure/cpu").exists()
WATCHED: dict[str, object] = {"output.pods": True, "output.sources": "1s", "workload.capacity_back": True}


@pytest.fixture(scope="module")
def pool(stack: RealNode) -> str:
    """A pool of no sandboxes: each claim's is made for it."""
    stack.apply_template_and_pool(POOL, replicas=0, pod=pod())
    return POOL


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sandboxes", [4, 8, 16])
def test_what_sandboxes_cost_a_node(bench: Bench, stack: RealNode, pool: str, sandboxes: int) -> None:
    load = ("--arrivals", "burst", "--rate", sandboxes, "--duration", "1s", "--ready-timeout", "3m", "--hold", "15s")
    words = ("--kubeconfig", stack.kubeconfig, "--warm-pool", pool, *load, *sets(WATCHED), *ONE_PAUSE_HITS_ALL)
    done = bench("run", *words, timeout=400)
    assert done.code == 0, done.stderr
    assert done.summary["classes"] == {"warm": 0, "warm_unready": 0, "cold": sandboxes}
    nodes = done.summary["nodes"]
    memory = {it["source"]: it for it in nodes["memory"]}
    # Where cgroups do not say it, the kubelet knows of no memory; the processes always have some.
    assert memory["runsc"]["sandboxes"] == sandboxes
    assert 5e6 < memory["runsc"]["bytes_per_sandbox"] < 500e6
    pressure = {(it["source"], it["resource"], it["waited"]): it["max_avg10"] for it in nodes["pressure"]}
    assert (("machine", "cpu", "some") in pressure) == HAS_PRESSURE
    [made] = done.summary["pods"]["groups"]
    assert (made["group"], made["pods"]) == ("claim", sandboxes)
    stages = {stage: figures for stage, figures in made["stages_s"].items() if figures}
    assert {"scheduling", "image_pull", "start", "readiness", "whole", "ending"} == set(stages)
    assert all((it["count"], it["censored"]) == (sandboxes, 0) for it in stages.values()), stages
    removed = done.summary["pods"]["release_to_gone_s"]
    assert (removed["count"], done.summary["pods"]["pending"]) == (sandboxes, 0)
    told = {stage: (figures["p50"], figures["max"]) for stage, figures in stages.items()}
    print(sandboxes, json.dumps({"memory": memory, "gone": removed["p50"]}))
    print(sandboxes, json.dumps({"stages": told, "pressure": {" ".join(key): it for key, it in pressure.items()}}))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["claim", "sandbox", "pod"])
def test_the_three_objects_side_by_side(bench: Bench, stack: RealNode, pool: str, name: str) -> None:
    settings = {"load.object": name, "output.pods": True, "output.report": False}
    load = ("--rate", 0.5, "--total", 6, "--seed", 7, "--ready-timeout", "2m", "--warm-pool", pool)
    words = ("--kubeconfig", stack.kubeconfig, *load, *sets(settings), *ONE_PAUSE_HITS_ALL)
    done = bench("run", *words, timeout=300)
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == 6 and done.summary["load"]["object"] == name
    told = {latency: figures["p50"] for latency, figures in done.summary["latency_s"].items() if figures}
    assert {"time_to_pod_created", "time_to_pod_ready"} <= set(told)
    print(name, json.dumps(told))
