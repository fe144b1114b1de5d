"""The whole stack, controller and all, on a cluster without one: a simulator in a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster.manifests import sandbox_folder
from support.bench import Bench
from support.kubectl import Kubectl
from support.simulator import serving

from pkb.runs import Pkb

BLOCK = "--config_override=agent_sandbox.agent_sandbox"
NODES = {"count": 4, "pods": 50}


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The manifests of the pinned agent-sandbox, out of its Go module."""
    return sandbox_folder("agent-sandbox")


@pytest.fixture
def kubeconfig(bench: Bench) -> Iterator[Path]:
    """Of a simulator that serves Kubernetes and nothing else."""
    with serving(bench, {"simulator.empty": True, "simulator.nodes": NODES}) as served:
        yield served.kubeconfig


@pytest.fixture
def flags(manifests: Path, kubeconfig: Path) -> tuple[str, ...]:
    """An existing cluster, named in the config alone."""
    return (
        f"{BLOCK}.target=existing",
        f"{BLOCK}.kubeconfig={kubeconfig}",
        f"{BLOCK}.context=simulator",
        f"{BLOCK}.manifest_ref={manifests}",
        f"{BLOCK}.controller.image=registry/controller:test",
        f"{BLOCK}.controller.claim_workers=10",
        "--agent_sandbox_warmpool_replicas=20",
        "--agent_sandbox_qps=10",
        "--agent_sandbox_duration=1",
    )


def controller(kubeconfig: Path) -> dict[str, Any]:
    [deployment] = Kubectl(kubeconfig).json("get", "deployments", "--all-namespaces")["items"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


def test_install_run_uninstall(pkb: Pkb, kubeconfig: Path, flags: tuple[str, ...]) -> None:
    outcome = pkb(*flags)
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") == 10
    steps = {one["metadata"]["step"] for one in outcome.samples if one["metric"] == "install_step"}
    assert len(steps) > 3
    assert Kubectl(kubeconfig).json("get", "deployments,daemonsets,crds", "--all-namespaces")["items"] == []


def test_changed_controller_flags_between_two_prepares(pkb: Pkb, kubeconfig: Path, flags: tuple[str, ...]) -> None:
    pkb.stages(*flags, only="provision,prepare")
    before = controller(kubeconfig)
    assert "--sandbox-claim-concurrent-workers=10" in before["args"]
    pkb.stages(f"{BLOCK}.controller.claim_workers=33", f"{BLOCK}.controller.cpu_limit=3", only="prepare")
    after = controller(kubeconfig)
    assert "--sandbox-claim-concurrent-workers=33" in after["args"]
    assert after["resources"]["limits"]["cpu"] == "3"
    outcomes = pkb.stages(only="prepare,run")
    assert controller(kubeconfig) == after, "what is not said again is as it was last said"
    metadata = outcomes["run"].metadata("success_count")
    assert metadata["stack.controller.claim_workers"] == 33
    pkb.stages(only="cleanup,teardown")
    assert Kubectl(kubeconfig).json("get", "deployments,daemonsets,crds", "--all-namespaces")["items"] == []
