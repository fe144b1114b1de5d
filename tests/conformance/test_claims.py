"""The life of a claim, as its events tell it."""

from __future__ import annotations

from typing import Any

from support.api import Object
from support.stack import KEY, Stack, facts, is_ready, ready, story


def events_of(stack: Stack, name: str, until: set[str], **spec: Any) -> list[Object]:
    path = stack.path("sandboxclaims")
    version = stack.api.ok("GET", path)["metadata"]["resourceVersion"]
    with stack.api.watch(path, resourceVersion=version) as watch:
        stack.claim(name, **spec)
        return watch.until(lambda events: any(until <= facts(event["object"]) for event in events))


def test_a_warm_claim(stack: Stack) -> None:
    stack.create_pool("pool", 2)
    events = events_of(stack, "warm", {"ready", "claim-first-ready-at"})
    assert story(events, "warm") == [
        set(),
        {"controller-first-observed-at"},
        {"sandbox-name"},
        {"bound", "ready"},
        {"claim-first-ready-at"},
    ]
    claim = events[-1]["object"]
    name = claim["status"]["sandbox"]["name"]
    assert name.startswith("pool-") and claim["metadata"]["annotations"][KEY + "sandbox-name"] == name
    assert claim["status"]["sandbox"]["podIPs"] and ready(claim)["reason"] == "DependenciesReady"
    sandbox = stack.api.ok("GET", stack.path("sandboxes", name))
    owner = sandbox["metadata"]["ownerReferences"]
    assert [(owner["kind"], owner["uid"]) for owner in owner] == [("SandboxClaim", claim["metadata"]["uid"])]
    labels = sandbox["metadata"]["labels"]
    assert labels[KEY + "launch-type"] == "warm" and labels[KEY + "claim-uid"] == claim["metadata"]["uid"]
    assert KEY + "warm-pool-sandbox" not in labels
    # The condition is the sandbox's own: it tells when that became Ready, not when the claim did.
    assert ready(claim)["lastTransitionTime"] == ready(sandbox)["lastTransitionTime"]


def test_a_cold_claim(stack: Stack) -> None:
    stack.create(
        "sandboxwarmpools", "SandboxWarmPool", "pool", {"replicas": 0, "sandboxTemplateRef": {"name": "template"}}
    )
    events = events_of(stack, "cold", {"ready", "claim-first-ready-at"})
    assert story(events, "cold") == [
        set(),
        {"controller-first-observed-at"},
        {"bound"},
        {"ready"},
        {"claim-first-ready-at"},
    ]
    assert events[-1]["object"]["status"]["sandbox"]["name"] == "cold"
    sandbox = stack.api.ok("GET", stack.path("sandboxes", "cold"))
    assert sandbox["metadata"]["labels"][KEY + "launch-type"] == "cold"


def test_environment_forces_a_cold_start(stack: Stack) -> None:
    stack.create_template("open", envVarsInjectionPolicy="Allowed")
    stack.create_pool("pool", 1, template="open")
    stack.claim("own-env", env=[{"name": "B", "value": "2"}])
    claim = stack.api.until(stack.path("sandboxclaims", "own-env"), is_ready)
    assert claim["status"]["sandbox"]["name"] == "own-env"
    sandbox = stack.api.ok("GET", stack.path("sandboxes", "own-env"))
    env = sandbox["spec"]["podTemplate"]["spec"]["containers"][0]["env"]
    assert {(item["name"], item.get("value")) for item in env} == {("A", "1"), ("B", "2")}


def test_a_pool_that_is_not_there(stack: Stack) -> None:
    stack.claim("lost", pool="none")
    claim = stack.api.until(stack.path("sandboxclaims", "lost"), lambda claim: bool(ready(claim)))
    assert (ready(claim)["status"], ready(claim)["reason"]) == ("False", "WarmPoolNotFound")
    assert "none" in ready(claim)["message"]
    stack.create_pool("none", 1)
    stack.api.until(stack.path("sandboxclaims", "lost"), is_ready)


def test_a_template_that_is_not_there(stack: Stack) -> None:
    spec = {"replicas": 1, "sandboxTemplateRef": {"name": "nowhere"}}
    stack.create("sandboxwarmpools", "SandboxWarmPool", "pool", spec)
    stack.claim("lost")
    claim = stack.api.until(stack.path("sandboxclaims", "lost"), lambda claim: bool(ready(claim)))
    assert (ready(claim)["status"], ready(claim)["reason"]) == ("False", "TemplateNotFound")


def test_environment_that_the_template_refuses(stack: Stack) -> None:
    stack.create_pool("pool", 1)
    stack.claim("refused", env=[{"name": "B", "value": "2"}])
    claim = stack.api.until(stack.path("sandboxclaims", "refused"), lambda claim: bool(ready(claim)))
    assert ready(claim)["reason"] == "EnvVarsInjectionRejected"


def test_labels_outside_the_allowed_domain(stack: Stack) -> None:
    stack.create_pool("pool", 1)
    stack.claim("labelled", additionalPodMetadata={"labels": {"example.com/team": "a"}})
    claim = stack.api.until(stack.path("sandboxclaims", "labelled"), lambda claim: bool(ready(claim)))
    assert ready(claim)["reason"] == "InvalidMetadata"


def test_a_claim_that_expires(stack: Stack) -> None:
    stack.create_pool("pool", 2)
    past = "2020-01-01T00:00:00Z"
    stack.claim("kept", lifecycle={"shutdownTime": past, "shutdownPolicy": "Retain"})
    claim = stack.api.until(stack.path("sandboxclaims", "kept"), lambda claim: bool(ready(claim)))
    assert ready(claim)["reason"] == "ClaimExpired"
    stack.claim("gone", lifecycle={"shutdownTime": past, "shutdownPolicy": "Delete"})
    stack.api.until_gone(stack.path("sandboxclaims", "gone"))
