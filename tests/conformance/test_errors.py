"""What is refused, with which code and reason."""

from __future__ import annotations

import pytest
from support.api import Api
from support.stack import Stack

CLAIM = {"apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxClaim"}


def test_not_found(api: Api, stack: Stack) -> None:
    answer = api.request("GET", stack.path("sandboxclaims", "nobody"))
    assert (answer.status, answer.reason) == (404, "NotFound")
    assert answer.body["message"] == 'sandboxclaims.extensions.agents.x-k8s.io "nobody" not found'
    assert answer.body["details"] == {
        "name": "nobody",
        "group": "extensions.agents.x-k8s.io",
        "kind": "sandboxclaims",
    }


def test_no_such_kind(api: Api) -> None:
    answer = api.request("GET", "/apis/extensions.agents.x-k8s.io/v1beta1/nothings")
    assert answer.status == 404


def test_already_exists(stack: Stack) -> None:
    stack.claim("twice")
    answer = stack.try_create("sandboxclaims", "SandboxClaim", "twice", {"warmPoolRef": {"name": "pool"}})
    assert (answer.status, answer.reason) == (409, "AlreadyExists")


def test_a_namespace_that_is_not_there(api: Api) -> None:
    path = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/nowhere-at-all/sandboxclaims"
    answer = api.request("POST", path, {**CLAIM, "metadata": {"name": "x"}, "spec": {"warmPoolRef": {"name": "p"}}})
    assert (answer.status, answer.reason) == (404, "NotFound")
    assert answer.body["details"]["name"] == "nowhere-at-all"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({}, "spec.warmPoolRef"),
        ({"warmPoolRef": {}}, "spec.warmPoolRef.name"),
        ({"warmPoolRef": {"name": 1}}, "spec.warmPoolRef.name"),
        ({"warmPoolRef": {"name": "p"}, "lifecycle": {"shutdownPolicy": "Perhaps"}}, "spec.lifecycle.shutdownPolicy"),
    ],
)
def test_a_spec_that_does_not_fit(stack: Stack, spec: object, field: str) -> None:
    answer = stack.try_create("sandboxclaims", "SandboxClaim", "wrong", spec)
    assert (answer.status, answer.reason) == (422, "Invalid")
    assert field in [cause["field"] for cause in answer.body["details"]["causes"]]


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "a" * 254])
def test_a_name_that_is_none(stack: Stack, name: str) -> None:
    answer = stack.try_create("sandboxclaims", "SandboxClaim", name, {"warmPoolRef": {"name": "pool"}})
    assert (answer.status, answer.reason) == (422, "Invalid")
    assert answer.body["details"]["causes"][0]["field"] == "metadata.name"


def test_no_name_at_all(api: Api, stack: Stack) -> None:
    body = {**CLAIM, "metadata": {}, "spec": {"warmPoolRef": {"name": "pool"}}}
    assert api.request("POST", stack.path("sandboxclaims"), body).status == 422


def test_a_body_that_is_no_json(api: Api, stack: Stack) -> None:
    answer = api.request("POST", stack.path("sandboxclaims"), b"{")
    assert (answer.status, answer.reason) == (400, "BadRequest")


def test_a_body_of_another_kind(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    assert api.request("POST", stack.path("sandboxclaims"), body).status == 400


def test_a_resource_version_at_creation(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "resourceVersion": "5"}}
    answer = api.request("POST", stack.path("configmaps"), body)
    assert answer.status >= 400 and "resourceVersion should not be set" in answer.body["message"]


def test_a_wrong_token(api: Api) -> None:
    stranger = Api(api.server, {"Authorization": "Bearer wrong"}, api.tls)
    answer = stranger.request("GET", "/api/v1/namespaces")
    assert (answer.status, answer.reason) == (401, "Unauthorized")


def test_an_unknown_kind_of_patch(api: Api, stack: Stack) -> None:
    stack.claim("one")
    answer = api.request("PATCH", stack.path("sandboxclaims", "one"), {}, "application/json")
    assert answer.status == 415
    # Strategic merge is for built-in kinds.
    assert api.patch("strategic", stack.path("sandboxclaims", "one"), {}).status == 415


def test_annotations_beyond_the_limit(api: Api, stack: Stack) -> None:
    metadata = {"name": "large", "annotations": {"a": "x" * 262144}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    answer = api.request("POST", stack.path("configmaps"), body)
    assert (answer.status, answer.reason) == (422, "Invalid")
    [cause] = answer.body["details"]["causes"]
    assert (cause["field"], cause["reason"]) == ("metadata.annotations", "FieldValueTooLong")
    assert "may not be more than 262144 bytes" in answer.body["message"]


def test_what_would_fill_the_memory(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "small"}, "data": {"a": "x" * 1000}}
    api.ok("POST", stack.path("configmaps"), body)
    doubled = [{"op": "copy", "from": "/data", "path": f"/data/x{number}"} for number in range(40)]
    answer = api.patch("json", stack.path("configmaps", "small"), doubled)
    assert (answer.status, answer.reason) == (422, "Invalid")
    answer = api.patch("json", stack.path("configmaps", "small"), [{"op": "test", "path": "", "value": 1}] * 10_001)
    assert (answer.status, answer.reason) == (413, "RequestEntityTooLarge")
    answer = api.request("POST", stack.path("configmaps"), b" " * (3 * 1024 * 1024 + 1))
    assert (answer.status, answer.reason) == (413, "RequestEntityTooLarge")
    spec = {"warmPoolRef": {"name": "pool"}, "env": [{"name": "A", "value": "x" * 1_600_000}]}
    answer = stack.try_create("sandboxclaims", "SandboxClaim", "large", spec)
    assert (answer.status, answer.body["message"]) == (500, "etcdserver: request is too large")
