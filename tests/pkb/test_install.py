"""The whole stack, controller and all, on a cluster without one: a simulator in a process of its own."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pkb.runs import Pkb

MODULE = Path(__file__).resolve().parents[1] / "cluster" / "modules" / "agent-sandbox"
BLOCK = "--config_override=agent_sandbox.agent_sandbox"
NODES = "{count: 4, pods: 50}"


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The manifests of the pinned agent-sandbox, out of its Go module."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/agent-sandbox"]
    done = subprocess.run(command, cwd=MODULE, capture_output=True, text=True, timeout=300, check=True)
    return Path(done.stdout.strip()) / "k8s"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Of a simulator that serves Kubernetes and nothing else."""
    path = tmp_path / "kubeconfig"
    settings = ("--set", "simulator.empty=true", "--set", f"simulator.nodes={NODES}")
    with subprocess.Popen(["agent-sandbox-bench", "simulate", "--kubeconfig-out", str(path), *settings]) as simulator:
        while not path.exists():
            assert simulator.poll() is None
            time.sleep(0.05)
        yield path
        simulator.terminate()


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


def kubectl(kubeconfig: Path, *arguments: str) -> Any:
    command = ["kubectl", f"--kubeconfig={kubeconfig}", *arguments, "--output=json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)


def controller(kubeconfig: Path) -> dict[str, Any]:
    [deployment] = kubectl(kubeconfig, "get", "deployments", "--all-namespaces")["items"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


def test_install_run_uninstall(pkb: Pkb, kubeconfig: Path, flags: tuple[str, ...]) -> None:
    outcome = pkb(*flags)
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") == 10
    steps = {one["metadata"]["step"] for one in outcome.samples if one["metric"] == "install_step"}
    assert len(steps) > 3
    assert kubectl(kubeconfig, "get", "deployments,daemonsets,crds", "--all-namespaces")["items"] == []


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
    assert kubectl(kubeconfig, "get", "deployments,daemonsets,crds", "--all-namespaces")["items"] == []
