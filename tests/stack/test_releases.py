"""Each line of releases on the simulator: its manifests, its API, and what it says of claims."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from cluster.build import build
from cluster.manifests import sandbox_folder, second_line
from support.api import CLAIMS
from support.bench import Bench, sets
from support.validity import SHARED_MACHINE

from stack.conftest import Empty
from stack.test_simulator import lasting, stable

Start = Callable[..., Empty]
DEPLOYMENT = "/apis/apps/v1/namespaces/agent-sandbox-system/deployments/agent-sandbox-controller"
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Line:
    """A line of releases, the versions it serves, and its manifests."""

    name: str
    served: list[str]
    folder: Callable[[Path], Path]


LINES = [
    Line("v0.4", ["v1alpha1"], lambda _: sandbox_folder("agent-sandbox-v0.4")),
    Line("v0.5", ["v1beta1", "v1alpha1"], lambda _: sandbox_folder("agent-sandbox")),
    Line("v1.0", ["v1beta1"], second_line),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_install_status_again_claims_and_uninstall(simulator: Start, line: Line, tmp_path: Path) -> None:
    cluster = simulator(release=line.name)
    before = lasting(cluster.everything())
    manifests = {"manifest_ref": str(line.folder(tmp_path)), "controller.image": "registry/controller:v9.9.9"}
    assert cluster.install(manifests).code == 0
    status = cluster.bench("status", *cluster.target)
    assert status.code == 0, status.stdout
    said = f"agent-sandbox v9.9.9 (not known to this version, which tries it); serves {', '.join(line.served)}"
    assert status.stdout.startswith(said), status.stdout
    once = stable(cluster.everything())
    assert cluster.install(manifests).code == 0
    assert stable(cluster.everything()) == once
    run = cluster.bench("run", *cluster.target, "--rate", 5, "--total", 20, *SHARED_MACHINE)
    assert run.summary["outcomes"]["ready"] == 20, run.stderr
    target = run.summary["target"]
    assert target["api_version"] == line.served[0]
    assert target["installation"]["served_versions"] == line.served
    assert target["installation"]["release"] == target["agent_sandbox_version"] == "v9.9.9"
    assert "--extensions" in target["installation"]["args"]
    seen = {claim["claim_first_ready_at"] is not None for claim in run.claims}
    assert seen == {line.name != "v0.4"}
    removed = cluster.bench("uninstall", *cluster.target)
    assert removed.code == 0, removed.stderr
    assert lasting(cluster.everything()) == before


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_the_embedded_stack_is_of_the_line_that_is_asked_for(bench: Bench, line: Line) -> None:
    run = bench("run", "--rate", 20, "--total", 20, *sets({"simulator.release": line.name}), *SHARED_MACHINE)
    assert run.summary["outcomes"]["ready"] == 20, run.stderr
    assert run.summary["target"]["installation"]["served_versions"] == line.served
    assert run.summary["classes"]["warm"] == 20


@pytest.mark.parametrize(
    ("line", "reason"), [("v0.5", "timed_out.ReconcilerError"), ("v1.0", "failed.InvalidConfiguration")]
)
def test_a_pod_that_the_server_refuses_is_final_in_the_newest_line_alone(bench: Bench, line: str, reason: str) -> None:
    settings = {
        "simulator.release": line,
        "stack.sandbox_warmpool.replicas": 0,
        "stack.sandbox_template.spec": {"podTemplate": {"spec": {"containers": [{"name": "Bad_Name", "image": "x"}]}}},
        "load.ready_timeout": "2s",
    }
    run = bench("run", "--rate", 10, "--total", 5, *sets(settings), *SHARED_MACHINE)
    assert run.summary["reasons"] == {reason: 5}, run.stderr
    if line == "v1.0":
        assert all(claim["released_ns"] - claim["sent_ns"] < 10**9 for claim in run.claims)


def test_a_reason_that_is_not_known_is_waited_out_kept_and_warned_of_once(simulator: Start) -> None:
    cluster = simulator(release="v1.0", empty=False)
    cluster.api.patch("merge", DEPLOYMENT, {"spec": {"replicas": 0}})
    condition = {"type": "Ready", "status": "False", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    verdicts = {
        # The controller has not seen the claim as it is: no verdict.
        "0": {**condition, "reason": "PodFailed", "observedGeneration": 1},
        "1": {**condition, "reason": "SomethingNew", "observedGeneration": 2},
        "2": {**condition, "reason": "SomethingNew"},
    }

    def judge() -> None:
        with cluster.api.watch(CLAIMS) as watch:
            for event in watch.until(lambda events: len(events) == 3):
                name = event["object"]["metadata"]["name"]
                cluster.api.patch("merge", f"{CLAIMS}/{name}", {"spec": {"lifecycle": {"shutdownPolicy": "Delete"}}})
                status = {"status": {"conditions": [verdicts[name.rsplit("-", 1)[1]]]}}
                cluster.api.patch("merge", f"{CLAIMS}/{name}/status", status)

    judging = threading.Thread(target=judge)
    judging.start()
    words = ("--rate", 10, "--total", 3, "--ready-timeout", "3s", "--force")
    run = cluster.bench("run", *cluster.target, *words, *SHARED_MACHINE)
    judging.join(10)
    assert run.summary["reasons"] == {"timed_out.SomethingNew": 2}, run.stderr
    assert run.summary["outcomes"]["timed_out"] == 3
    assert len([warning for warning in run.summary["warnings"] if "SomethingNew" in warning]) == 1


def test_claims_of_a_version_that_nobody_serves_are_refused_before_the_run(simulator: Start) -> None:
    cluster = simulator(release="v1.0", empty=False)
    for item in cluster.get(CRD)["items"]:
        for version in item["spec"]["versions"]:
            version["name"] = "v2"
        # As an installation from nothing but the newer version would leave it.
        name = item["metadata"]["name"]
        cluster.api.patch("merge", f"{CRD}/{name}/status", {"status": {"storedVersions": []}})
        cluster.api.patch("merge", f"{CRD}/{name}", {"spec": item["spec"]})
    run = cluster.bench("run", *cluster.target, "--rate", 5, "--total", 5)
    assert run.code == 1
    assert "v1beta1 or v1alpha1 of extensions.agents.x-k8s.io is missing" in run.stderr
    assert not run.out.exists()
    checked = cluster.bench("preflight", *cluster.target)
    assert checked.code == 6
    assert "serves no SandboxClaim" in checked.stdout and "serves v2" in checked.stdout


def test_a_crd_may_not_lose_a_version_that_is_stored(simulator: Start) -> None:
    cluster = simulator(release="v0.4", empty=False)
    path = f"{CRD}/sandboxclaims.extensions.agents.x-k8s.io"
    newer = yaml.safe_load(
        (sandbox_folder("agent-sandbox") / "crds/extensions.agents.x-k8s.io_sandboxclaims.yaml").read_text()
    )
    assert cluster.api.patch("merge", path, {"spec": newer["spec"]}).status == 200
    both = cluster.api.until(path, lambda crd: len(crd["status"]["storedVersions"]) == 2)
    assert both["status"]["storedVersions"] == ["v1alpha1", "v1beta1"]
    alone = [version for version in newer["spec"]["versions"] if version["storage"]]
    refused = cluster.api.patch("merge", path, {"spec": {"versions": alone}})
    assert refused.status == 422
    assert (
        'status.storedVersions[0]: Invalid value: "v1alpha1": must appear in spec.versions' in refused.body["message"]
    )


def flags_of_the_controller() -> dict[str, str]:
    """Its flags with a default each, as `--help` tells."""
    program = build(["agent-sandbox-controller"])["agent-sandbox-controller"]
    told = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20).stderr
    lines = [line.split() for line in told.splitlines() if line.startswith("  -")]
    values = {"int": "7", "uint": "7", "float": "1.5", "duration": "3s", "string": "text", "value": "text"}
    return {words[0].lstrip("-"): values[words[1]] if len(words) > 1 else "true" for words in lines}


def test_every_flag_of_the_controller_reaches_the_deployment(simulator: Start) -> None:
    flags = flags_of_the_controller()
    assert len(flags) > 40, flags
    args = [f"--{name}={value}" for name, value in flags.items()]
    cluster = simulator()
    done = cluster.install({"controller.args": args, "controller.env": {"GOGC": "50"}})
    assert done.code == 0, done.stderr
    assert "declares no flag" not in done.stderr
    container = cluster.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == args
    assert container["env"] == [{"name": "GOGC", "value": "50"}]


def test_a_flag_given_twice_is_bad_input_and_one_that_the_source_lacks_is_told(simulator: Start) -> None:
    cluster = simulator()
    twice = cluster.install(
        {"controller.claim_workers": 3, "controller.args": ["--sandbox-claim-concurrent-workers=4"]}
    )
    assert twice.code == 2
    assert "stack.controller.args[0]" in twice.stderr and "stack.controller.claim_workers" in twice.stderr
    assert "customresourcedefinitions" not in str(cluster.get(CRD)["items"])
    told = cluster.install({"controller.args": ["--no-such-flag=1"]})
    assert "declares no flag --no-such-flag" in told.stderr


FIELDS: list[tuple[str, dict[str, Any], str]] = [
    ("sandbox_template.spec", {"podTemplate": {"spec": {"hostNetwrk": True}}}, "podTemplate.spec.hostNetwrk"),
    ("sandbox_template.spec", {"networkPolicyManagement": "Sometimes"}, "networkPolicyManagement"),
    ("sandbox_warmpool.spec", {"updateStrategy": {"type": "Never"}}, "updateStrategy.type"),
]


@pytest.mark.parametrize(("field", "value", "fault"), FIELDS)
def test_a_field_that_the_crd_does_not_have_touches_nothing(
    simulator: Start, field: str, value: dict[str, Any], fault: str
) -> None:
    cluster = simulator()
    before = set(cluster.everything())
    done = cluster.install({field: value})
    assert done.code == 2
    assert f"stack.{field}.{fault}" in done.stderr
    assert set(cluster.everything()) == before


def test_fields_of_a_spec_arrive_and_preflight_knows_the_crds(simulator: Start) -> None:
    cluster = simulator()
    container = {"name": "sandbox", "terminationMessagePolicy": "FallbackToLogsOnError"}
    settings = {
        "sandbox_template.spec": {"podTemplate": {"spec": {"containers": [container]}}},
        "sandbox_warmpool.spec": {"updateStrategy": {"type": "Recreate"}},
    }
    assert cluster.install(settings).code == 0
    api = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default"
    [made] = cluster.get(f"{api}/sandboxtemplates/agent-sandbox")["spec"]["podTemplate"]["spec"]["containers"]
    assert made["terminationMessagePolicy"] == "FallbackToLogsOnError" and made["ports"]
    assert cluster.get(f"{api}/sandboxwarmpools/agent-sandbox")["spec"]["updateStrategy"] == {"type": "Recreate"}
    labels = {"additionalPodMetadata": {"labels": {"sandbox.users.io/team": "a"}}}
    words = ("--rate", 1, "--total", 1, "--hold", "2s", *SHARED_MACHINE)
    with cluster.api.watch(CLAIMS) as watch:
        run = cluster.bench("run", *cluster.target, *words, *sets({"load.claim.spec": labels}))
        event = watch.until(bool)[0]
    assert event["object"]["spec"]["additionalPodMetadata"] == labels["additionalPodMetadata"]
    assert run.summary["outcomes"]["ready"] == 1, run.stderr
    wrong = {"additionalPodMetadata": {"label": {}}, "lifecycle": {"shutdownPolicy": "Sometimes"}}
    checked = cluster.bench("preflight", *cluster.target, *sets({"load.claim.spec": wrong}))
    assert checked.code == 6
    assert "load.claim.spec.additionalPodMetadata.label: unknown field" in checked.stdout
    assert 'load.claim.spec.lifecycle.shutdownPolicy: Unsupported value: "Sometimes"' in checked.stdout
