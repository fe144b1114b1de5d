"""Warm pools."""

from __future__ import annotations

from functools import partial

from support.api import Object
from support.stack import KEY, Stack, is_ready


def members(stack: Stack) -> set[str]:
    items = stack.api.ok("GET", stack.path("sandboxes"))["items"]
    return {item["metadata"]["name"] for item in items if KEY + "warm-pool-sandbox" in item["metadata"]["labels"]}


def test_a_taken_sandbox_is_replaced(stack: Stack) -> None:
    pool = stack.create_pool("pool", 3)
    assert pool["status"]["replicas"] == 3
    before = members(stack)
    stack.claim("one")
    claim = stack.api.until(stack.path("sandboxclaims", "one"), is_ready)
    taken = claim["status"]["sandbox"]["name"]
    assert taken in before
    stack.api.until(stack.path("sandboxes", taken), lambda _: len(members(stack)) == 3)
    assert taken not in members(stack)
    stack.pool_is_full("pool", 3)


def test_the_selector_finds_the_members(stack: Stack) -> None:
    pool = stack.create_pool("pool", 2)
    selector = pool["status"]["selector"].replace("=", "%3D")
    items = stack.api.ok("GET", f"{stack.path('sandboxes')}?labelSelector={selector}")["items"]
    assert {item["metadata"]["name"] for item in items} == members(stack)


def has_replicas(wanted: int, pool: Object) -> bool:
    return bool(pool["status"]["replicas"] == wanted)


def test_scaled_down_and_up(stack: Stack) -> None:
    stack.create_pool("pool", 3)
    path = stack.path("sandboxwarmpools", "pool")
    for replicas in (1, 2):
        scale = stack.api.patch("merge", f"{path}/scale", {"spec": {"replicas": replicas}})
        assert scale.status == 200 and scale.body["spec"]["replicas"] == replicas
        stack.pool_is_full("pool", replicas)
        stack.api.until(path, partial(has_replicas, replicas))
    assert len(members(stack)) == 2
