"""Updates, patches and applies."""

from __future__ import annotations

import pytest
from support.api import Api, Object
from support.stack import EXTENSIONS, Stack, is_ready


@pytest.fixture
def path(api: Api, stack: Stack) -> str:
    """A ConfigMap."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map"}, "data": {"a": "1", "b": "1"}}
    api.ok("POST", stack.path("configmaps"), body)
    return stack.path("configmaps", "map")


def test_a_stale_resource_version(api: Api, path: str) -> None:
    read = api.ok("GET", path)
    api.ok("PUT", path, {**read, "data": {"a": "2"}})
    answer = api.request("PUT", path, {**read, "data": {"a": "3"}})
    assert (answer.status, answer.reason) == (409, "Conflict")
    assert api.ok("GET", path)["data"] == {"a": "2"}


def test_what_changes_nothing_writes_nothing(api: Api, path: str) -> None:
    before = api.ok("GET", path)
    for kind in ("merge", "strategic"):
        answer = api.patch(kind, path, {"data": {"a": "1"}})
        assert answer.body["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_merge_patch_removes_by_null(api: Api, path: str) -> None:
    assert api.patch("merge", path, {"data": {"a": None, "c": "3"}}).body["data"] == {"b": "1", "c": "3"}


def test_json_patch(api: Api, path: str) -> None:
    done = api.patch("json", path, [{"op": "test", "path": "/data/a", "value": "1"},
                                    {"op": "replace", "path": "/data/a", "value": "2"}])  # fmt: skip
    assert done.body["data"] == {"a": "2", "b": "1"}
    failed = api.patch("json", path, [{"op": "test", "path": "/data/a", "value": "1"}])
    assert (failed.status, failed.reason) == (422, "Invalid")


def test_generation_counts_what_is_desired(api: Api, stack: Stack) -> None:
    made = stack.claim("one")
    path = stack.path("sandboxclaims", "one")
    assert made["metadata"]["generation"] == 1
    labelled = api.patch("merge", path, {"metadata": {"labels": {"a": "b"}}}).body
    assert labelled["metadata"]["generation"] == 1
    changed = api.patch("merge", path, {"spec": {"lifecycle": {"shutdownPolicy": "Retain"}}}).body
    assert changed["metadata"]["generation"] == 2


def test_status_is_written_where_status_is(api: Api, stack: Stack) -> None:
    stack.create_pool("pool", 1)
    stack.claim("one")
    path = stack.path("sandboxclaims", "one")
    api.until(path, is_ready)
    mine: Object = {"status": {"conditions": []}}
    assert is_ready(api.patch("merge", path, mine).body)
    answer = api.patch(
        "merge", f"{path}/status", {"metadata": {"labels": {"x": "y"}}, "spec": {"warmPoolRef": {"name": "z"}}}
    )
    assert answer.body["spec"]["warmPoolRef"]["name"] == "pool"


def test_generate_name(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "some-"}}
    names = {api.ok("POST", stack.path("configmaps"), body)["metadata"]["name"] for _ in range(5)}
    assert len(names) == 5 and all(name.startswith("some-") and len(name) == 10 for name in names)


def test_dry_run_writes_nothing(api: Api, stack: Stack, path: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dry"}}
    assert api.request("POST", stack.path("configmaps") + "?dryRun=All", body).status == 201
    assert api.request("GET", stack.path("configmaps", "dry")).status == 404
    assert api.request("DELETE", path + "?dryRun=All").status == 200
    assert api.request("GET", path).status == 200


def test_unknown_fields_are_dropped(stack: Stack) -> None:
    claim = stack.claim("pruned", nothing={"like": "this"})
    assert "nothing" not in claim["spec"]


def apply(api: Api, path: str, body: Object, manager: str = "one", force: str = "false") -> Object:
    named = {**body, "metadata": {"name": path.rsplit("/", 1)[1]}}
    answer = api.patch("apply", f"{path}?fieldManager={manager}&force={force}", named)
    assert answer.status in (200, 201), answer
    return answer.body


def test_apply_creates_and_repeats(api: Api, stack: Stack) -> None:
    path = stack.path("sandboxtemplates", "applied")
    pod = {"spec": {"containers": [{"name": "a", "image": "i"}]}}
    body = {"apiVersion": EXTENSIONS, "kind": "SandboxTemplate", "spec": {"podTemplate": pod}}
    first, again = (apply(api, path, body)["metadata"] for _ in range(2))
    # A controller may have written to it meanwhile, but what is applied again changes nothing.
    assert first["generation"] == again["generation"]
    [ours], [still] = ([entry for entry in it["managedFields"] if entry["manager"] == "one"] for it in (first, again))
    assert ours["operation"] == "Apply" and ours == still


def test_apply_of_the_same_writes_nothing(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}}
    first, again = (apply(api, stack.path("configmaps", "same"), body)["metadata"] for _ in range(2))
    assert first["resourceVersion"] == again["resourceVersion"]


def test_apply_removes_what_is_no_longer_applied(api: Api, stack: Stack) -> None:
    path = stack.path("configmaps", "applied")
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    apply(api, path, {**body, "data": {"a": "1", "b": "1"}})
    apply(api, path, {**body, "data": {"c": "1"}}, manager="two")
    assert apply(api, path, {**body, "data": {"a": "2"}})["data"] == {"a": "2", "c": "1"}


def test_apply_against_another_manager(api: Api, stack: Stack) -> None:
    path = stack.path("configmaps", "contested")
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    apply(api, path, {**body, "data": {"a": "1"}})
    named = {**body, "metadata": {"name": "contested"}, "data": {"a": "2"}}
    answer = api.patch("apply", f"{path}?fieldManager=two", named)
    assert (answer.status, answer.reason) == (409, "Conflict")
    cause = answer.body["details"]["causes"][0]
    assert (cause["reason"], cause["field"]) == ("FieldManagerConflict", ".data.a")
    assert apply(api, path, {**body, "data": {"a": "2"}}, "two", "true")["data"] == {"a": "2"}


def test_apply_needs_the_name_in_the_body(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    answer = api.patch("apply", stack.path("configmaps", "x") + "?fieldManager=one", body)
    assert (answer.status, answer.reason) == (400, "BadRequest")


def test_apply_needs_a_manager(api: Api, stack: Stack) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap"}
    assert api.patch("apply", stack.path("configmaps", "x"), body).status == 422
