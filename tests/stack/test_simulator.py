"""The stack's whole way on the simulator: there, again, one field, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from stack.conftest import Empty

Start = Callable[..., Empty]
TEMPLATE = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxtemplates/agent-sandbox"
HOSTILE = "a: b\n- {{ x }} \"'#&*!|>%@`\\ \u00e9\U0001f600\u2028\t$(HOME) $$"


def stable(objects: dict[tuple[str, str, str], dict[str, Any]]) -> dict[tuple[str, str, str], Any]:
    """Generation and our entry in managedFields, by object."""
    return {
        key: (
            item["metadata"].get("generation"),
            [it for it in item["metadata"].get("managedFields", []) if it["manager"] == "agent-sandbox-bench"],
        )
        for key, item in objects.items()
    }


def lasting(objects: dict[tuple[str, str, str], dict[str, Any]]) -> dict[tuple[str, str, str], Any]:
    """What must be the same after an uninstall: labels, annotations and spec."""
    return {
        key: (item["metadata"].get("labels"), item["metadata"].get("annotations") or None, item.get("spec"))
        for key, item in objects.items()
    }


def test_install_twice_change_a_field_and_uninstall(simulator: Start) -> None:
    cluster = simulator()
    before = lasting(cluster.everything())

    first = cluster.install()
    assert first.code == 0, first.stderr
    installed = json.loads(first.stdout)
    assert [step["name"] for step in installed["steps"]] == [
        "label the nodes",
        "install gVisor",
        "define the API",
        "grant the controller its rights",
        "roll the controller out",
        "prove the runtime",
        "make the template",
        "fill the pool",
    ]
    status = cluster.bench("status", *cluster.target)
    assert status.code == 0, status.stdout
    assert "4 of 4 Ready" in status.stdout

    once = stable(cluster.everything())
    assert cluster.install().code == 0
    assert stable(cluster.everything()) == once

    assert cluster.install({"controller.claim_workers": 8}).code == 0
    changed = {key for key, value in stable(cluster.everything()).items() if value != once.get(key)}
    assert ("Deployment", "agent-sandbox-system", "agent-sandbox-controller") in changed
    assert {kind for kind, _, _ in changed} <= {"Deployment", "ReplicaSet", "Pod"}

    assert cluster.bench("uninstall", *cluster.target).code == 0
    assert lasting(cluster.everything()) == before


def test_hostile_values_arrive_byte_for_byte(simulator: Start, tmp_path: Any) -> None:
    cluster = simulator()
    config = tmp_path / "hostile.yaml"
    template = {"env": {"HOSTILE": HOSTILE}, "annotations": {"example.com/hostile": HOSTILE}, "args": [HOSTILE]}
    config.write_text(yaml.safe_dump({"stack": {"sandbox_template": template}}))
    done = cluster.bench(
        "install", *cluster.target, "-f", config,
        "--set", f"stack.manifest_ref={cluster.manifests}", "--set", "stack.controller.image=x:1",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    pod = cluster.get(TEMPLATE)["spec"]["podTemplate"]
    assert pod["spec"]["containers"][0]["env"] == [{"name": "HOSTILE", "value": HOSTILE}]
    assert pod["spec"]["containers"][0]["args"] == [HOSTILE]
    assert pod["metadata"]["annotations"] == {"example.com/hostile": HOSTILE}


def test_a_bad_label_touches_nothing(simulator: Start) -> None:
    cluster = simulator()
    before = set(cluster.everything())
    done = cluster.install({"sandbox_template.labels": {"team": "a b"}})
    assert done.code == 2
    assert "stack.sandbox_template.labels.team" in done.stderr
    assert set(cluster.everything()) == before


def test_a_placeholder_without_an_image_is_bad_input(simulator: Start) -> None:
    cluster = simulator()
    done = cluster.install({"controller.image": None})
    assert done.code == 2
    assert "stack.controller.image" in done.stderr


def test_too_few_nodes_is_said_in_the_clusters_words(simulator: Start) -> None:
    cluster = simulator(nodes={"count": 1, "pods": 10})
    done = cluster.install({"sandbox_warmpool.replicas": 50, "wait_timeout": "3s"})
    assert done.code == 1
    assert "SandboxWarmPool default/agent-sandbox is not ready after" in done.stderr
    assert "Unschedulable" in done.stderr, done.stderr


def test_what_others_made_is_used_and_never_overwritten(simulator: Start) -> None:
    cluster = simulator(empty=False)
    done = cluster.install()
    assert done.code == 1
    assert "stack.controller.install: false" in done.stderr
    template = cluster.get(TEMPLATE)
    assert cluster.bench("uninstall", *cluster.target).code == 0
    assert cluster.get(TEMPLATE) == template


def test_the_nodes_get_label_and_taint_and_lose_them_again(simulator: Start) -> None:
    cluster = simulator()
    node = cluster.get("/api/v1/nodes")["items"][1]["metadata"]["name"]
    before = lasting(cluster.everything())
    assert cluster.install({"nodes": {"names": [node]}}).code == 0
    chosen = cluster.get(f"/api/v1/nodes/{node}")
    assert chosen["metadata"]["labels"]["sandbox.gke.io/runtime"] == "runsc"
    assert chosen["spec"]["taints"] == [{"key": "sandbox.gke.io/runtime", "value": "runsc", "effect": "NoSchedule"}]
    others = [it for it in cluster.get("/api/v1/nodes")["items"] if it["metadata"]["name"] != node]
    assert all("sandbox.gke.io/runtime" not in it["metadata"].get("labels", {}) for it in others)
    assert cluster.bench("uninstall", *cluster.target).code == 0
    assert lasting(cluster.everything()) == before


def test_a_half_finished_install_is_taken_back_too(simulator: Start) -> None:
    cluster = simulator(nodes={"count": 1, "pods": 10})
    before = lasting(cluster.everything())
    assert cluster.install({"sandbox_warmpool.replicas": 50, "wait_timeout": "2s"}).code == 1
    removed = cluster.bench("uninstall", *cluster.target)
    assert removed.code == 0, removed.stderr
    assert lasting(cluster.everything()) == before


def test_others_sandboxes_keep_the_api(simulator: Start) -> None:
    cluster = simulator()
    assert cluster.install().code == 0
    spec = {"podTemplate": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}
    theirs = {"apiVersion": "agents.x-k8s.io/v1beta1", "kind": "Sandbox", "metadata": {"name": "theirs"}, "spec": spec}
    path = "/apis/agents.x-k8s.io/v1beta1/namespaces/default/sandboxes"
    cluster.api.ok("POST", path, theirs)
    removed = cluster.bench("uninstall", *cluster.target)
    assert removed.code == 0, removed.stderr
    assert "CustomResourceDefinition sandboxes.agents.x-k8s.io stays" in removed.stderr
    assert cluster.get(f"{path}/theirs")["kind"] == "Sandbox"


def test_a_webhook_that_is_down_is_named(simulator: Start) -> None:
    cluster = simulator()
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
    hook = {
        "name": "down.example.com",
        "rules": [rule],
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "down"},
        "webhooks": [hook],
    }
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    cluster.api.ok("POST", path, configuration)
    done = cluster.install()
    assert done.code == 1
    assert "down.example.com" in done.stderr


def test_a_sandbox_that_the_garbage_collector_forgot_is_deleted(simulator: Start) -> None:
    cluster = simulator()
    assert cluster.install().code == 0
    owner = {"apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxWarmPool", "name": "gone", "uid": "1"}
    spec = {"podTemplate": {"spec": {"containers": [{"name": "c", "image": "i"}]}}}
    meta = {"name": "orphan", "ownerReferences": [owner]}
    orphan = {"apiVersion": "agents.x-k8s.io/v1beta1", "kind": "Sandbox", "metadata": meta, "spec": spec}
    cluster.api.ok("POST", "/apis/agents.x-k8s.io/v1beta1/namespaces/default/sandboxes", orphan)
    removed = cluster.bench("uninstall", *cluster.target)
    assert removed.code == 0, removed.stderr
    assert "1 sandboxes of removed pools and claims still stand, 0 being deleted" in removed.stderr
    assert ("Sandbox", "default", "orphan") not in cluster.everything()
