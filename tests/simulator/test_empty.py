"""An empty simulator is a cluster on which nobody has installed agent-sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.api import Api
from support.bench import Bench
from support.simulator import serving
from support.stack import Stack

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def apis(bench: Bench) -> Iterator[list[Api]]:
    """One with the stack, one without."""
    tls = {"simulator.tls": True}
    with serving(bench, tls) as full, serving(bench, {**tls, "simulator.empty": True}) as empty:
        yield [full.api, empty.api]


def deployment(replicas: int) -> dict[str, object]:
    labels = {"app": "controller"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "agent-sandbox-controller"},
        "spec": spec,
    }


def test_definitions_serve_and_the_controllers_deployment_works(apis: list[Api]) -> None:
    full, api = apis
    stack = Stack(api, "default")
    claims = stack.path("sandboxclaims")
    assert api.request("GET", claims).status == 404
    for definition in full.ok("GET", DEFINITIONS)["items"]:
        metadata = {"name": definition["metadata"]["name"]}
        api.ok("POST", DEFINITIONS, {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                                     "metadata": metadata, "spec": definition["spec"]})  # fmt: skip
    assert api.ok("GET", claims)["items"] == []
    stack.create_template("template")
    pool = stack.path("sandboxwarmpools", "pool")
    spec = {"replicas": 2, "sandboxTemplateRef": {"name": "template"}}
    stack.create("sandboxwarmpools", "SandboxWarmPool", "pool", spec)
    # Nobody looks at the pool before the Deployment is applied; what is there when it is, is taken up.
    made = api.ok("POST", DEPLOYMENTS, deployment(1))
    api.until(f"{DEPLOYMENTS}/agent-sandbox-controller", lambda it: it.get("status", {}).get("readyReplicas") == 1)
    assert made["metadata"]["generation"] == 1
    stack.pool_is_full("pool", 2)
    assert len(api.ok("GET", stack.path("sandboxes"))["items"]) == 2
    api.ok("DELETE", f"{DEFINITIONS}/sandboxwarmpools.extensions.agents.x-k8s.io")
    assert api.request("GET", pool).status == 404
    api.until(stack.path("sandboxes"), lambda sandboxes: sandboxes["items"] == [])


def test_a_token_is_a_must_over_tls(apis: list[Api]) -> None:
    api = apis[1]
    assert Api(api.server, {}, api.tls).request("GET", "/api/v1/namespaces").status == 401
    assert api.request("GET", "/api/v1/namespaces").status == 200


@pytest.mark.parametrize("words", [("--no-model",), ("--set", "simulator.controller=none")])
def test_without_the_model_the_stack_stands_and_nobody_acts(bench: Bench, words: tuple[str, ...]) -> None:
    with serving(bench, {}, *words) as simulator:
        api, stack = simulator.api, simulator.stack
        [pool] = api.ok("GET", stack.path("sandboxwarmpools"))["items"]
        assert pool["spec"]["replicas"] == 100
        stack.claim("one", "agent-sandbox")
        # A Deployment of the controller's name is one like any other.
        api.ok("POST", DEPLOYMENTS, deployment(1))
        api.until(f"{DEPLOYMENTS}/agent-sandbox-controller", lambda it: it.get("status", {}).get("readyReplicas") == 1)
        assert not api.ok("GET", stack.path("sandboxes"))["items"]
        assert not api.ok("GET", stack.path("sandboxclaims", "one")).get("status")
