"""The pod of a Sandbox, which bears its name."""

from __future__ import annotations

import pytest
from support.api import Object
from support.stack import Stack, is_ready

POD = {"containers": [{"name": "sandbox", "image": "registry.k8s.io/pause:3.10"}], "terminationGracePeriodSeconds": 1}


def create(stack: Stack) -> None:
    stack.create("sandboxes", "Sandbox", "lone", {"podTemplate": {"spec": POD}})


@pytest.fixture
def first(stack: Stack) -> str:
    """The uid of the pod of a Sandbox that is ready."""
    create(stack)
    stack.api.until(stack.path("sandboxes", "lone"), is_ready)
    return str(stack.api.ok("GET", stack.path("pods", "lone"))["metadata"]["uid"])


def is_ready_with_another(stack: Stack, first: str) -> None:
    def is_another(pod: Object) -> bool:
        return bool(pod["metadata"]["uid"] != first and is_ready(pod))

    stack.api.until(stack.path("pods", "lone"), is_another)
    stack.api.until(stack.path("sandboxes", "lone"), is_ready)


def test_one_that_is_deleted_is_replaced(stack: Stack, first: str) -> None:
    stack.api.ok("DELETE", stack.path("pods", "lone"))
    is_ready_with_another(stack, first)


def test_a_sandbox_waits_for_the_name_of_one_whose_pod_still_ends(stack: Stack, first: str) -> None:
    stack.api.ok("DELETE", stack.path("sandboxes", "lone"))
    create(stack)
    is_ready_with_another(stack, first)
