"""The node itself: the release's own Deployment runs in the cluster, and sandboxes run under gVisor."""

from __future__ import annotations

import json
import sys

import pytest
from cluster.manifests import claim
from node import images
from node.real_node import RealNode, pod
from support.waiting import until

POOL = "gvisor"


@pytest.fixture(scope="module")
def pool(stack: RealNode) -> str:
    """A pool of gVisor sandboxes, ready; it stays, so that the node ends with sandboxes running."""
    stack.apply_template_and_pool(POOL, replicas=4, pod=pod())
    return POOL


def served(stack: RealNode, name: str, pool: str) -> str:
    """The sandbox of a claim that became ready."""
    stack.apply(claim(stack.sandbox_api, name, "default", pool))
    stack.kubectl("wait", "sandboxclaim", name, "--for=condition=Ready", "--timeout=60s")
    return str(stack.get("sandboxclaim", name)["status"]["sandbox"]["name"])


def test_a_claim_gets_a_warm_gvisor_sandbox_that_runs_commands(stack: RealNode, pool: str) -> None:
    sandbox = served(stack, "by-hand", pool)
    assert sandbox.startswith(f"{pool}-")
    assert stack.kubectl("exec", sandbox, "--", "echo", "hello").strip() == "hello"
    assert "gvisor" in stack.kubectl("exec", sandbox, "--", "cat", "/proc/version")
    stack.kubectl("delete", "sandboxclaim", "by-hand")
    until(lambda: f"pod/{sandbox}" not in stack.names("pods"), 60, f"{sandbox} is gone")


def test_the_server_in_a_sandbox_executes(stack: RealNode, pool: str) -> None:
    sandbox = served(stack, "by-http", pool)
    address = stack.get("pod", sandbox)["status"]["podIP"]
    body = json.dumps({"command": "echo over http"})
    request = f"POST /execute HTTP/1.0\r\nHost: sandbox\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    script = "import socket,sys;s=socket.create_connection((sys.argv[1],8888),5);s.sendall(sys.stdin.buffer.read())\n"
    script += "while block := s.recv(4096): sys.stdout.buffer.write(block)"
    answer = stack.machine.call(sys.executable, "-c", script, address, stdin=request)
    assert json.loads(answer.partition("\n\n")[2]) == {"stdout": "over http\n", "stderr": "", "exit_code": 0}
    stack.kubectl("delete", "sandboxclaim", "by-http")


def test_a_pod_under_runc(real_node: RealNode) -> None:
    spec = {**pod(runtime=None), "terminationGracePeriodSeconds": 1}
    real_node.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "plain"}, "spec": spec})
    real_node.kubectl("wait", "pod/plain", "--for=condition=Ready", "--timeout=60s")
    assert "gvisor" not in real_node.kubectl("exec", "plain", "--", "cat", "/proc/version")
    assert real_node.get("pod", "plain")["spec"]["containers"][0]["image"] == images.SANDBOX
    real_node.kubectl("delete", "pod", "plain", "--wait=true")
