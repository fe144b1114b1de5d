"""What the server says it serves."""

from __future__ import annotations

import pytest
from support.api import Api
from support.stack import Stack, condition

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
        api.until(path, lambda made: condition(made, "Established").get("status") == "True")
        widgets = f"/apis/{group}/v1/namespaces/{stack.namespace}/widgets"
        api.until(widgets, lambda _: True)
        body = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}, "anything": [1, 2]}
        assert api.ok("POST", widgets, body)["anything"] == [1, 2]
    finally:
        api.request("DELETE", path)


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("/api/v1/namespaces", "Status Age"),
        ("/api/v1/nodes", "Status Roles Age Version"),
        ("/api/v1/pods", "Ready Status Restarts Age"),
        ("/api/v1/services", "Type Cluster-IP External-IP Port(s) Age"),
        ("/api/v1/configmaps", "Data Age"),
        ("/api/v1/secrets", "Type Data Age"),
        ("/api/v1/events", "Last Seen|Type|Reason|Object|Message"),
        ("/apis/events.k8s.io/v1/events", "Last Seen|Type|Reason|Object|Message"),
        ("/apis/apps/v1/deployments", "Ready Up-to-date Available Age"),
        ("/apis/apps/v1/daemonsets", "Desired|Current|Ready|Up-to-date|Available|Node Selector|Age"),
        ("/apis/apps/v1/replicasets", "Desired Current Ready Age"),
        ("/apis/batch/v1/jobs", "Status Completions Duration Age"),
        ("/apis/rbac.authorization.k8s.io/v1/roles", "Created At|"),
        ("/apis/rbac.authorization.k8s.io/v1/rolebindings", "Role Age"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", "Created At|"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", "Role Age"),
        ("/apis/coordination.k8s.io/v1/leases", "Holder Age"),
        ("/apis/node.k8s.io/v1/runtimeclasses", "Handler Age"),
        ("/apis/scheduling.k8s.io/v1/priorityclasses", "Value|Global-Default|Age|PreemptionPolicy"),
        ("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
         "PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL"),
        ("/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
         "Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age"),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "Created At|"),
    ],
)  # fmt: skip
def test_what_kubectl_get_shows(api: Api, path: str, columns: str) -> None:
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    table = Api(api.server, {**api.headers, "Accept": accept}, api.tls).ok("GET", path)
    shown = [column["name"] for column in table["columnDefinitions"] if column["priority"] == 0]
    wanted = columns.split("|") if "|" in columns else columns.split()
    assert shown == ([] if path.endswith("events") else ["Name"]) + list(filter(None, wanted))
    assert all(len(row["cells"]) == len(table["columnDefinitions"]) for row in table["rows"])
