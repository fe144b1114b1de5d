"""What no client should send, and many clients at once: the right Status or a closed connection; the server stays."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conformance.api import Api
from conformance.stack import Stack, is_ready
from conftest import Bench, wait_for


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, int]]:
    """A simulator, and its process id."""
    import os
    import shutil

    folder = tmp_path_factory.mktemp("simulator")
    command = os.environ.get("AGENT_SANDBOX_BENCH") or shutil.which("agent-sandbox-bench")
    assert command
    process = Bench(command, folder).start("simulate", "--kubeconfig-out", folder / "kubeconfig")
    try:
        wait_for(lambda: (folder / "kubeconfig").exists(), 20, "the simulator's kubeconfig")
        yield Api.from_kubeconfig(folder / "kubeconfig"), process.pid
        assert process.poll() is None, "it must not have ended"
    finally:
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=20)
        assert "panicked" not in stderr


CLAIMS = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b'{"kind": 1}', b'{"metadata": []}', b"[" * 100_000,
     b'{"a":' * 50_000,
     b'{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","kind":"SandboxClaim","metadata":{"name":5}}'],
)  # fmt: skip
def test_bodies_that_are_no_object(served: tuple[Api, int], body: bytes) -> None:
    api, _ = served
    for method, path in (("POST", CLAIMS), ("PUT", f"{CLAIMS}/x")):
        answer = api.request(method, path, body)
        assert answer.status in (400, 404, 422) and answer.body["kind"] == "Status", answer


def test_a_body_beyond_the_limit(served: tuple[Api, int]) -> None:
    api, _ = served
    try:
        answer = api.request("POST", CLAIMS, b" " * (4 * 1024 * 1024))
    except (ConnectionError, http.client.HTTPException):
        return  # it may close before it has read it all
    assert (answer.status, answer.reason) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("path", ["/", "//", "/apis//", "/api/v1/namespaces/%00/pods", "/api/v1/pods?limit=x", "/%ff",
                                  "/api/v1/pods?labelSelector=a+in+b",
                                  "/api/v1/pods?resourceVersion=x&watch=1"])  # fmt: skip
def test_paths_and_queries(served: tuple[Api, int], path: str) -> None:
    api, _ = served
    assert api.request("GET", path).status in (200, 400, 404)


def test_half_open_connections_and_idle_watches(served: tuple[Api, int]) -> None:
    api, pid = served
    address = urlsplit(api.server)
    assert address.hostname and address.port
    open_sockets = []
    try:
        for _ in range(200):
            half = socket.create_connection((address.hostname, address.port))
            half.sendall(b"POST /api HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
            open_sockets.append(half)
        token = api.headers["Authorization"]
        for _ in range(2000):
            watch = socket.create_connection((address.hostname, address.port))
            watch.sendall(f"GET {CLAIMS}?watch=true HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
            open_sockets.append(watch)
        stack = Stack(api, "default")
        stack.claim("busy", pool="agent-sandbox")
        api.until(stack.path("sandboxclaims", "busy"), is_ready)
        last = open_sockets[-1]
        last.settimeout(20)
        seen = b""
        while b'"claim-first-ready-at' not in seen and b"claim-first-ready-at" not in seen:
            seen += last.recv(65536)
        status = Path(f"/proc/{pid}/status").read_text()
        resident = int(status.split("VmRSS:")[1].split()[0])
        assert resident < 300_000, f"{resident} kB"
    finally:
        for one in open_sockets:
            one.close()
    assert json.dumps(api.ok("GET", "/version"))
