"""The cluster that PKB is asked for on each cloud, and what our stack does to nodes as that cloud labels them."""

import types
from collections.abc import Iterator
from pathlib import Path

import agent_sandbox_bench as asb
import pytest
from support.bench import Bench
from support.kubectl import Kubectl
from support.simulator import serving

from pkb.conftest import Decode

# PKB and what it imports warn of this and that.
pytestmark = [pytest.mark.filterwarnings("ignore")]

MACHINES = {"GCP": "n4-standard-16", "AWS": "m7i.4xlarge", "Azure": "Standard_D16s_v6"}
# The clouds' own command lines need not be here: no cloud is called.
ANYWHERE = "--ignore_package_requirements"
BENCHMARKS = ("agent_sandbox", *(f"agent_sandbox_{name}" for name in ("burst", "churn", "density", "ttfe", "search")))

# The label by which PKB marks the nodes of a pool on every cloud, and the cloud's own beside it.
LABELS = {
    "GCP": {"cloud.google.com/gke-nodepool": "{pool}"},
    "AWS": {"eks.amazonaws.com/nodegroup": "{pool}"},
    "Azure": {"kubernetes.azure.com/agentpool": "{pool}"},
}
TAINT = {"key": "sandbox.gke.io/runtime", "value": "runsc", "effect": "NoSchedule"}


@pytest.mark.parametrize("benchmark", BENCHMARKS)
@pytest.mark.parametrize("cloud", MACHINES)
def test_a_pool_of_its_own_for_sandboxes(decode_config: Decode, cloud: str, benchmark: str) -> None:
    override = f"--config_override={benchmark}.container_cluster.cloud={cloud}"
    cluster = decode_config(ANYWHERE, f"--cloud={cloud}", override, benchmark=benchmark).container_cluster
    assert cluster.cloud == cloud
    pool = cluster.nodepools["sandbox"]
    assert (pool.vm_count, pool.vm_spec.machine_type) == (4, MACHINES[cloud])


@pytest.fixture
def kubeconfig(bench: Bench) -> Iterator[Path]:
    """Of a simulator of four nodes."""
    with serving(bench, {"simulator.nodes": {"count": 4, "pods": 50}}) as served:
        yield served.kubeconfig


@pytest.mark.parametrize("cloud", LABELS)
def test_the_pools_nodes_get_label_and_taint(decode_config: Decode, kubeconfig: Path, cloud: str) -> None:
    from agent_sandbox_bench.pkb import resource

    for number in range(4):
        pool = "default" if number < 2 else "sandbox"
        labels = {"pkb_nodepool": "{pool}", **LABELS[cloud]}
        words = [f"{name}={value.format(pool=pool)}" for name, value in labels.items()]
        Kubectl(kubeconfig).json("label", "node", f"node-{number:04}", *words)
    flags = (f"--cloud={cloud}", "--agent_sandbox_namespace=bench", "--agent_sandbox_warmpool_replicas=3")
    config = decode_config(ANYWHERE, *flags)
    # What PKB makes of the config, but for the cloud: the stack asks no more of it.
    cluster = types.SimpleNamespace(nodepools=config.container_cluster.nodepools, user_managed=False)
    native = resource.K8sAgentSandbox(config.agent_sandbox, cluster).NativeConfig()
    native["stack"]["controller"]["install"] = False
    asb.install(native, target=asb.Cluster(kubeconfig=kubeconfig))
    for node in Kubectl(kubeconfig).json("get", "nodes")["items"]:
        chosen = node["metadata"]["labels"]["pkb_nodepool"] == "sandbox"
        assert (node["metadata"]["labels"].get(TAINT["key"]) == TAINT["value"]) is chosen
        assert (TAINT in node["spec"].get("taints", [])) is chosen
    pods = Kubectl(kubeconfig).json("get", "pods", "--namespace=bench")["items"]
    assert {pod["spec"]["nodeSelector"][TAINT["key"]] for pod in pods} == {TAINT["value"]}
