"""What goes when something is deleted."""

from __future__ import annotations

import time

import pytest
from support.api import Api, Object
from support.stack import Stack, is_ready


def bound(stack: Stack, name: str) -> str:
    stack.claim(name)
    claim = stack.api.until(stack.path("sandboxclaims", name), is_ready)
    return str(claim["status"]["sandbox"]["name"])


def test_a_claim_goes_at_once_and_its_sandbox_and_pod_follow(stack: Stack) -> None:
    stack.create_pool("pool", 1)
    sandbox = bound(stack, "short")
    path = stack.path("sandboxclaims", "short")
    answer = stack.api.request("DELETE", path)
    assert answer.status == 200 and answer.body["status"] == "Success"
    assert stack.api.request("GET", path).status == 404
    stack.api.until_gone(stack.path("sandboxes", sandbox))
    stack.api.until_gone(stack.path("pods", sandbox))


def test_foreground_waits_for_dependents(stack: Stack) -> None:
    stack.create_pool("pool", 1)
    sandbox = bound(stack, "first")
    path = stack.path("sandboxclaims", "first")
    answer = stack.api.request("DELETE", path, {"propagationPolicy": "Foreground"})
    assert answer.status == 200 and answer.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert answer.body["metadata"]["deletionTimestamp"]
    stack.api.until_gone(path)
    assert stack.api.request("GET", stack.path("sandboxes", sandbox)).status == 404


def test_foreground_goes_all_the_way_down(api: Api, stack: Stack) -> None:
    maps = stack.path("configmaps")
    owners: list[Object] = []
    for name in ("first", "second", "third"):
        metadata: Object = {"name": name, "ownerReferences": owners}
        if name == "third":
            metadata["finalizers"] = ["example.com/wait"]
        made = api.ok("POST", maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})["metadata"]
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": made["uid"]}
        owners = [{**reference, "blockOwnerDeletion": True}]
    api.ok("DELETE", f"{maps}/first", {"propagationPolicy": "Foreground"})
    for name in ("third", "second", "first"):
        api.until(f"{maps}/{name}", lambda held: bool(held["metadata"].get("deletionTimestamp")))
    assert api.ok("GET", f"{maps}/second")["metadata"]["finalizers"] == ["foregroundDeletion"]
    api.patch("json", f"{maps}/third", [{"op": "remove", "path": "/metadata/finalizers"}])
    for name in ("third", "second", "first"):
        api.until_gone(f"{maps}/{name}")


def test_orphans_stay(stack: Stack) -> None:
    stack.create_pool("pool", 1)
    sandbox = bound(stack, "parent")
    stack.api.ok("DELETE", stack.path("sandboxclaims", "parent"), {"propagationPolicy": "Orphan"})
    stack.api.until_gone(stack.path("sandboxclaims", "parent"))
    left = stack.api.ok("GET", stack.path("sandboxes", sandbox))
    assert not left["metadata"].get("ownerReferences")


def test_a_finalizer_holds_an_object(api: Api, stack: Stack) -> None:
    path = stack.path("configmaps", "held")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/wait"]}}
    api.ok("POST", stack.path("configmaps"), body)
    api.ok("DELETE", path)
    assert api.ok("GET", path)["metadata"]["deletionTimestamp"]
    api.patch("json", path, [{"op": "remove", "path": "/metadata/finalizers"}])
    assert api.request("GET", path).status == 404


def test_a_finalizer_holds_a_pod_that_has_ended(api: Api, stack: Stack) -> None:
    path = stack.path("pods", "held")
    container = {"name": "only", "image": "registry.k8s.io/pause:3.10"}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 1}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "held", "finalizers": ["example.com/wait"]}}
    api.ok("POST", stack.path("pods"), {**body, "spec": spec})
    api.until(path, is_ready)
    api.ok("DELETE", path)
    time.sleep(2)
    assert api.ok("GET", path)["metadata"]["finalizers"] == ["example.com/wait"]
    api.patch("json", path, [{"op": "remove", "path": "/metadata/finalizers"}])
    api.until_gone(path)


def test_preconditions(api: Api, stack: Stack) -> None:
    path = stack.path("configmaps", "one")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    made = api.ok("POST", stack.path("configmaps"), body)
    wrong = api.request("DELETE", path, {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}})
    assert (wrong.status, wrong.reason) == (409, "Conflict")
    stale = api.request("DELETE", path, {"preconditions": {"resourceVersion": "1"}})
    assert (stale.status, stale.reason) == (409, "Conflict")
    version = made["metadata"]["resourceVersion"]
    assert (
        f"the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({version})"
        in stale.body["message"]
    )
    assert api.request("DELETE", path, {"preconditions": {"uid": made["metadata"]["uid"]}}).status == 200


def test_a_collection(api: Api, stack: Stack) -> None:
    for name, group in (("a", "x"), ("b", "x"), ("c", "y")):
        metadata = {"name": name, "labels": {"group": group}}
        api.ok("POST", stack.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    api.ok("DELETE", stack.path("configmaps") + "?labelSelector=group%3Dx")
    items = api.ok("GET", stack.path("configmaps") + "?labelSelector=group")["items"]
    assert [item["metadata"]["name"] for item in items] == ["c"]


DRY_RUN = {"apiVersion": "v1", "kind": "DeleteOptions", "dryRun": ["All"]}


@pytest.mark.parametrize(("query", "body"), [("", DRY_RUN), ("?dryRun=All", None)])
def test_a_dry_run_deletes_nothing(api: Api, namespace: str, query: str, body: object) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    api.ok("POST", maps, {"metadata": {"name": "kept"}})
    assert api.request("DELETE", f"{maps}/kept{query}", body).status == 200
    assert api.request("DELETE", f"{maps}{query}", body).status == 200
    kept = api.ok("GET", f"{maps}/kept")
    assert "deletionTimestamp" not in kept["metadata"]
    held = api.ok("DELETE", f"{maps}/kept{query}", {**DRY_RUN, "propagationPolicy": "Foreground"})
    assert held["metadata"]["deletionTimestamp"] and held["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert api.ok("GET", f"{maps}/kept") == kept


def test_a_dry_run_of_a_claim_and_of_a_namespace(api: Api, stack: Stack) -> None:
    stack.claim("kept")
    path = stack.path("sandboxclaims", "kept")
    assert api.request("DELETE", path, DRY_RUN).status == 200
    assert api.request("DELETE", f"/api/v1/namespaces/{stack.namespace}", DRY_RUN).status == 200
    assert "deletionTimestamp" not in api.ok("GET", path)["metadata"]
    assert "deletionTimestamp" not in api.ok("GET", f"/api/v1/namespaces/{stack.namespace}")["metadata"]


@pytest.mark.parametrize("options", [
    {"dryRun": ["Some"]}, {"propagationPolicy": "Sideways"}, {"propagationPolicy": "Orphan", "orphanDependents": True},
])  # fmt: skip
def test_options_that_are_none(api: Api, namespace: str, options: object) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    api.ok("POST", maps, {"metadata": {"name": "kept"}})
    refused = api.request("DELETE", f"{maps}/kept", options)
    assert (refused.status, refused.reason) == (422, "Invalid")
    assert api.request("GET", f"{maps}/kept").status == 200


@pytest.mark.parametrize(
    ("plural", "kind", "rest"),
    [
        ("services", "Service", {"spec": {"ports": [{"port": 80}]}}),
        ("serviceaccounts", "ServiceAccount", {}),
        ("resourcequotas", "ResourceQuota", {"spec": {"hard": {"pods": "5"}}}),
        ("podtemplates", "PodTemplate", {"template": {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}}),
        ("configmaps", "Status", {}),
        ("secrets", "Status", {}),
    ],
)
def test_some_kinds_are_answered_with_what_was_deleted(
    api: Api, namespace: str, plural: str, kind: str, rest: Object
) -> None:
    path = f"/api/v1/namespaces/{namespace}/{plural}"
    api.ok("POST", path, {"metadata": {"name": "gone"}, **rest})
    answer = api.ok("DELETE", f"{path}/gone")
    assert answer["kind"] == kind
    assert api.request("GET", f"{path}/gone").status == 404


def test_a_namespace_goes_with_all_that_is_in_it(api: Api, stack: Stack) -> None:
    stack.create_pool("pool", 1)
    bound(stack, "inside")
    held = stack.path("configmaps", "held")
    metadata = {"name": "held", "finalizers": ["example.com/wait"]}
    api.ok("POST", stack.path("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    path = f"/api/v1/namespaces/{stack.namespace}"
    answer = api.ok("DELETE", path)
    assert answer["status"]["phase"] == "Terminating" and answer["metadata"]["deletionTimestamp"]
    refused = stack.try_create("sandboxclaims", "SandboxClaim", "late", {"warmPoolRef": {"name": "pool"}})
    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert api.patch("json", held, [{"op": "remove", "path": "/metadata/finalizers"}]).status == 200
    api.until_gone(path, 90)
