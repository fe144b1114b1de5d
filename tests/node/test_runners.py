"""Runners as pods of a real Job, each with an account of its own making, on a real node."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from cluster.rights import bind
from node import images
from node.real_node import COORDINATOR, RealNode, pod
from support.bench import Bench
from support.checks import check_outcomes
from support.histograms import waits, whole_run
from support.validity import SHARED_MACHINE
from support.waiting import until

POOL = "runners"
pytestmark = [pytest.mark.timeout(600)]  # images are made, imported, and started
LIGHT = ("--set", "load.runner={cpu_request: 10m, memory_request: 32Mi}")


@pytest.fixture(scope="module")
def image(stack: RealNode) -> str:
    """The image of this tool, made of the plain binary."""
    binary = Path("target/debug/agent-sandbox-bench")
    if not binary.exists():
        subprocess.run(["cargo", "build", "--locked", "--workspace", "--bin", "agent-sandbox-bench"], check=True)
    stripped = stack.folder / "agent-sandbox-bench"
    if shutil.which("strip"):
        subprocess.run(["strip", "-o", stripped, binary], check=True)
    else:
        shutil.copyfile(binary, stripped)
    stack.import_image(images.bench(stripped))
    stripped.unlink()
    return images.BENCH


@pytest.fixture(scope="module")
def pool(stack: RealNode) -> str:
    """A pool under runc, whose pods start quickly."""
    stack.apply_template_and_pool(POOL, replicas=8, pod=pod(runtime=None))
    return POOL


@pytest.fixture(scope="module")
def coordinator(stack: RealNode) -> Path:
    """A kubeconfig of who holds the published roles and nothing else."""
    for file in ("role-run.yaml", "role-preflight.yaml", "role-runners.yaml"):
        bind(stack, COORDINATOR, file)
    return stack.accounts.kubeconfig(COORDINATOR)


def test_three_runners_make_one_run(bench: Bench, stack: RealNode, coordinator: Path, image: str, pool: str) -> None:
    load = ("--arrivals", "poisson", "--rate", 1, "--duration", "12s", "--seed", 3, "--warm-pool", pool)
    runners = ("--runners", 3, "--image", image, *LIGHT)
    done = bench("run", "--kubeconfig", coordinator, *load, *runners, *SHARED_MACHINE, timeout=400)
    assert done.code == 0, done.stderr
    summary = done.summary
    check_outcomes(done)
    # A node that starts pods on a busy machine may be too slow for some; it loses none.
    assert summary["outcomes"]["ready"] > 0
    assert not [reason for reason in summary["reasons"] if "lost" in reason or reason.startswith("not_sent")]
    assert {claim["runner"] for claim in done.claims} == {0, 1, 2}
    assert [runner["outcome"] for runner in summary["runners"]] == ["done"] * 3
    assert all(0 < runner["clock_uncertainty_s"] < 0.5 for runner in summary["runners"])
    whole = whole_run(done.out / "latency.hlog")
    parts = [whole_run(done.out / f"runner-{runner}.hlog") for runner in range(3)]
    added = sum((part["time_to_ready"] for part in parts), Counter[int]())
    assert whole["time_to_ready"] == waits(done.claims) == added
    run_id = summary["run_id"]
    assert stack.names("sandboxclaims") == []
    assert f"namespace/asb-{run_id}" not in stack.names("namespaces")
    assert not [name for name in stack.names("roles") if run_id in name]


def test_a_runner_whose_pod_is_deleted(bench: Bench, stack: RealNode, image: str, pool: str) -> None:
    load = ("--rate", 1, "--duration", "20s", "--warm-pool", pool)
    out = bench.out()
    runners = ("--runners", 2, "--image", image, *LIGHT)
    process = bench.start("run", "--kubeconfig", stack.kubeconfig, *load, *runners, *SHARED_MACHINE, "--out", out)
    claims = out / "claims.jsonl"
    until(lambda: process.poll() is not None or (claims.exists() and claims.stat().st_size > 0), 120, "a claim's end")
    [home] = [name for name in stack.names("namespaces") if name.startswith("namespace/asb-")]
    [first] = [name for name in stack.names("pods", home.removeprefix("namespace/")) if "runner-0-" in name]
    stack.kubectl("delete", first, "-n", home.removeprefix("namespace/"), "--grace-period=1", "--wait=false")
    done = bench.finish(process, out, 300)
    assert done.code == 3, done.stderr
    summary = done.summary
    check_outcomes(done)
    assert summary["load"]["planned"] == 20
    # Within its second of grace it may get to tell what it had sent.
    assert [runner["outcome"] for runner in summary["runners"]] in (["lost", "done"], ["stopped", "done"])
    assert "runner_lost" in summary["invalid_reasons"]
    assert stack.names("sandboxclaims") == []


def test_an_image_that_is_not_there(bench: Bench, stack: RealNode, pool: str) -> None:
    runners = ("--runners", 1, "--image", "agent-sandbox-bench.test/none:1", *LIGHT)
    more = ("--set", "load.runner.start_timeout=60s", "--warm-pool", pool)
    done = bench("run", "--kubeconfig", stack.kubeconfig, "--total", 5, "--force", *runners, *more, timeout=300)
    assert done.code == 1
    assert "runner 0: " in done.stderr and "Image" in done.stderr, done.stderr
