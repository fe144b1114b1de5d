"""Clusters that PKB did not make: a simulator in a process of its own, and a real control plane where one is named.

A control plane with fake nodes is started, and its kubeconfig printed, by python tests/cluster/up.py.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bench import Bench
from support.kubectl import Kubectl
from support.simulator import serving
from support.waiting import until

from pkb.runs import Pkb

NAMESPACE = "bench"
BLOCK = "--config_override=agent_sandbox.agent_sandbox"
# The controllers of both run where no Deployment shows them, and their nodes have no gVisor.
FLAGS = (
    "--agent_sandbox_target=existing",
    f"--agent_sandbox_namespace={NAMESPACE}",
    "--agent_sandbox_qps=5",
    "--agent_sandbox_duration=4",
    "--agent_sandbox_warmpool_replicas=20",
    f"{BLOCK}.controller.install=false",
    f"{BLOCK}.gvisor=none",
)


@pytest.fixture(scope="module", params=["simulator", "control_plane"])
def kubeconfig(request: pytest.FixtureRequest, module_bench: Bench) -> Iterator[Path]:
    """The kubeconfig of a cluster that stands."""
    if request.param == "control_plane":
        named = request.config.getoption("--pkb-kubeconfig", None)
        if not named:
            pytest.skip("no control plane: nox -s pkb -- PATH_TO_PKB --pkb-kubeconfig FILE")
        yield Path(named)
        return
    with serving(module_bench, {"simulator.nodes": {"count": 4, "pods": 50}}) as served:
        yield served.kubeconfig


def wanted(kubeconfig: Path) -> str:
    """The replicas of the pool."""
    words = ("get", "sandboxwarmpool", "agent-sandbox", "-o", "jsonpath={.spec.replicas}")
    return Kubectl(kubeconfig, NAMESPACE)(*words)


def standing(kubeconfig: Path, kinds: str = "sandboxclaims,sandboxwarmpools,sandboxtemplates") -> list[str]:
    listed = Kubectl(kubeconfig, NAMESPACE).json("get", kinds)
    return [item["metadata"]["name"] for item in listed["items"]]


def test_warm_claims_and_nothing_left(pkb: Pkb, kubeconfig: Path) -> None:
    outcome = pkb(*FLAGS, f"--kubeconfig={kubeconfig}")
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") == 20
    assert outcome.value("warm_served_fraction") > 0
    assert outcome.value("Time to Ready") > 0
    assert standing(kubeconfig) == []


def test_the_cluster_is_named_once_and_each_stage_knows_it(pkb: Pkb, kubeconfig: Path) -> None:
    pkb.stages(*FLAGS, f"--kubeconfig={kubeconfig}", only="provision")
    assert standing(kubeconfig) == ["agent-sandbox", "agent-sandbox"]
    outcomes = pkb.stages(only="prepare,run,cleanup")
    assert outcomes["run"].value("success_count") == 20
    assert standing(kubeconfig) == []
    pkb.stages(only="teardown")


def test_a_repeated_prepare_takes_over_what_changed(pkb: Pkb, kubeconfig: Path) -> None:
    pkb.stages(*FLAGS, f"--kubeconfig={kubeconfig}", only="provision")
    pkb.stages("--agent_sandbox_warmpool_replicas=7", only="prepare")
    replicas = Kubectl(kubeconfig, NAMESPACE)(
        "get", "sandboxwarmpool", "agent-sandbox", "-o", "jsonpath={.spec.replicas}"
    )
    assert replicas == "7"
    pkb.stages("--agent_sandbox_duration=1", only="prepare")
    replicas = Kubectl(kubeconfig, NAMESPACE)(
        "get", "sandboxwarmpool", "agent-sandbox", "-o", "jsonpath={.spec.replicas}"
    )
    assert replicas == "7", "what is not said again is as it was last said"
    pkb.stages(only="teardown")
    assert standing(kubeconfig) == []


def test_a_stage_cannot_change_the_target(pkb: Pkb, kubeconfig: Path) -> None:
    pkb.stages(*FLAGS, f"--kubeconfig={kubeconfig}", only="provision")
    outcome = pkb("--run_uri=stages", "--run_stage=prepare", "--agent_sandbox_target=simulator")
    assert outcome.returncode == 1
    assert 'It was provisioned as "existing"' in outcome.log
    pkb.stages(only="teardown")
    assert standing(kubeconfig) == []


def test_cleanup_after_a_kill_leaves_nothing(pkb: Pkb, kubeconfig: Path) -> None:
    pkb.stages(*FLAGS, f"--kubeconfig={kubeconfig}", only="provision")
    hold = f"{BLOCK}.workload.hold=60"
    with pkb.running("--run_uri=stages", "--run_stage=run", hold):
        until(lambda: len(standing(kubeconfig, "sandboxclaims")) > 2, 60, "three claims")
    assert len(standing(kubeconfig, "sandboxclaims")) > 2
    pkb.stages(only="cleanup")
    assert standing(kubeconfig) == []
    pkb.stages(only="teardown")


def test_an_install_that_fails_half_way_leaves_nothing(pkb: Pkb, kubeconfig: Path) -> None:
    # The nodes have no room: template and pool are there by the time that shows.
    cpu = (f"{BLOCK}.sandbox_template.cpu_request=1000", f"{BLOCK}.sandbox_template.cpu_limit=1000")
    greedy = (*cpu, "--agent_sandbox_warmpool_replicas=300")
    outcome = pkb(*FLAGS, *greedy, f"{BLOCK}.wait_timeout=3", f"--kubeconfig={kubeconfig}")
    assert outcome.returncode == 1
    assert f"SandboxWarmPool {NAMESPACE}/agent-sandbox is not ready" in outcome.log
    assert standing(kubeconfig) == []


def test_what_others_made_stays(pkb: Pkb, kubeconfig: Path) -> None:
    kubectl = Kubectl(kubeconfig, "taken")
    kubectl("create", "namespace", "taken")
    theirs = {
        "apiVersion": "extensions.agents.x-k8s.io/v1beta1",
        "kind": "SandboxWarmPool",
        "metadata": {"name": "agent-sandbox", "namespace": "taken"},
        "spec": {"replicas": 0, "sandboxTemplateRef": {"name": "theirs"}},
    }
    kubectl("create", "-f", "-", stdin=json.dumps(theirs))
    outcome = pkb(*FLAGS, f"--kubeconfig={kubeconfig}", "--agent_sandbox_namespace=taken")
    assert outcome.returncode == 1
    left = kubectl.json("get", "sandboxwarmpools,sandboxtemplates")
    assert [item["kind"] for item in left["items"]] == ["SandboxWarmPool"]
    kubectl("delete", "namespace", "taken")


def test_churn(pkb: Pkb, kubeconfig: Path) -> None:
    block = "--config_override=agent_sandbox_churn.agent_sandbox"
    flags = [flag.replace(BLOCK, block) for flag in FLAGS]
    # The pool is larger than what is claimed: on fake nodes some of its sandboxes never become ready.
    short = (f"{block}.workload.hold=1", "--agent_sandbox_warmpool_replicas=40")
    outcome = pkb(*flags, *short, f"--kubeconfig={kubeconfig}", benchmark="agent_sandbox_churn")
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") > 0
    assert outcome.value("error_count") == 0
    assert outcome.value("time_to_capacity_back_p99") > 0
    assert outcome.value("exec_duration_s_p50") >= 1
    assert standing(kubeconfig) == []
