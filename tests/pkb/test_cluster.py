"""The benchmark on a real control plane that stands: ASB_TEST_KUBECONFIG names it (nox -s cluster)."""

import json
import os
import subprocess

import pytest

from pkb.runs import Pkb

KUBECONFIG = os.environ.get("ASB_TEST_KUBECONFIG")
needs_cluster = pytest.mark.skipif(not KUBECONFIG, reason="no control plane: nox -s cluster -- up, then pkb")

EXISTING = (
    "--agent_sandbox_target=existing",
    f"--kubeconfig={KUBECONFIG}",
    "--agent_sandbox_qps=5",
    "--agent_sandbox_duration=4",
    "--agent_sandbox_warmpool_replicas=20",
)


def left() -> list[str]:
    """The claims, pools and templates that stand; none where their kinds are not served."""
    kinds = "sandboxclaims,sandboxwarmpools,sandboxtemplates"
    command = ["kubectl", f"--kubeconfig={KUBECONFIG}", "get", kinds, "-A", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if "the server doesn't have a resource type" in done.stderr:
        return []
    assert done.returncode == 0, done.stderr
    return [item["metadata"]["name"] for item in json.loads(done.stdout)["items"]]


@needs_cluster
def test_warm_claims_and_nothing_left(pkb: Pkb) -> None:
    outcome = pkb(*EXISTING)
    assert outcome.succeeded, outcome.log
    assert outcome.value("success_count") == 20
    assert outcome.value("warm_served_fraction") > 0
    assert left() == []


@needs_cluster
def test_each_stage_in_a_process_of_its_own(pkb: Pkb) -> None:
    outcomes = pkb.stages(*EXISTING, only="provision,prepare,run,cleanup")
    assert outcomes["run"].value("success_count") == 20
    assert left() == []
    pkb.stages(*EXISTING, only="teardown")
