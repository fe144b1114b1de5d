"""What the server says it serves."""

from __future__ import annotations

from conformance.api import Api
from conformance.stack import Stack

GROUP = "extensions.agents.x-k8s.io"


def test_groups_and_resources(api: Api) -> None:
    groups = {group["name"]: group for group in api.ok("GET", "/apis")["groups"]}
    assert {"apps", "agents.x-k8s.io", GROUP} <= groups.keys()
    assert groups[GROUP]["preferredVersion"]["version"] == "v1beta1"
    resources = {item["name"]: item for item in api.ok("GET", f"/apis/{GROUP}/v1beta1")["resources"]}
    assert {
        "sandboxclaims",
        "sandboxclaims/status",
        "sandboxtemplates",
        "sandboxwarmpools",
        "sandboxwarmpools/scale",
    } <= (resources.keys())
    assert resources["sandboxclaims"]["kind"] == "SandboxClaim" and resources["sandboxclaims"]["namespaced"]
    core = {item["name"] for item in api.ok("GET", "/api/v1")["resources"]}
    assert {"pods", "pods/exec", "pods/log", "namespaces", "nodes", "configmaps"} <= core


def test_a_new_kind_is_served(api: Api, stack: Stack) -> None:
    group, plural = f"{stack.namespace}.example.com", "widgets"
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": "widget", "kind": "Widget"},
            "versions": [version],
        },
    }
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{group}"
    api.ok("POST", path.rsplit("/", 1)[0], definition)
    try:
        api.until(path, lambda made: any(
            condition["type"] == "Established" and condition["status"] == "True"
            for condition in made.get("status", {}).get("conditions", [])
        ))  # fmt: skip
        widgets = f"/apis/{group}/v1/namespaces/{stack.namespace}/widgets"
        api.until(widgets, lambda _: True)
        body = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}, "anything": [1, 2]}
        assert api.ok("POST", widgets, body)["anything"] == [1, 2]
    finally:
        api.request("DELETE", path)
