"""What no client should send, and many clients at once: the right Status or a closed connection; the server stays."""

from __future__ import annotations

import json
import random
import re
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.api import CLAIMS, Api
from support.bench import Bench
from support.simulator import serving
from support.stack import Stack, is_ready


def allow_files(number: int) -> None:
    """Lets this process and those it starts open that many files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        pytest.skip(f"{number} open files are more than the {hard} allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def resident_mb(pid: int) -> int:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024


@pytest.fixture(scope="module")
def served(module_bench: Bench) -> Iterator[tuple[Api, int]]:
    """A simulator, and its process id."""
    allow_files(10_000)  # it inherits this
    with serving(module_bench) as simulator:
        yield simulator.api, simulator.process.pid


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
        assert (answer.status, answer.reason, answer.body["kind"]) == (400, "BadRequest", "Status"), answer


NESTED = {
    "flow": "[" * 20_000,
    "block": "\n".join(" " * depth + "a:" for depth in range(2000)),
    "aliases": "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
    + "\n".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)),
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_yaml_that_would_fill_the_memory(served: tuple[Api, int], text: str) -> None:
    api, pid = served
    path = "/api/v1/namespaces/default/configmaps/nested?fieldManager=a"
    answer = api.request("PATCH", path, text.encode(), "application/apply-patch+yaml")
    assert (answer.status, answer.reason) == (400, "BadRequest")
    assert resident_mb(pid) < 300


def test_a_json_patch_that_would_fill_the_memory(served: tuple[Api, int]) -> None:
    api, pid = served
    path = "/api/v1/namespaces/default/configmaps"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "small"}, "data": {"a": "x" * 1000}}
    api.ok("POST", path, body)
    doubled = [{"op": "copy", "from": "/data", "path": f"/data/x{number}"} for number in range(40)]
    assert api.patch("json", f"{path}/small", doubled).status == 422
    assert api.ok("GET", f"{path}/small")["data"] == body["data"]
    assert resident_mb(pid) < 300
    api.ok("DELETE", f"{path}/small")


def test_bytes_that_are_no_http(served: tuple[Api, int]) -> None:
    api, _ = served
    address = urlsplit(api.server)
    source = random.Random(7)  # noqa: S311
    for length in (0, 1, 24, 1000, 100_000):
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as raw:
            try:
                raw.sendall(source.randbytes(length) + b"\r\n\r\n")
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(65536):
                    pass
            except OSError:
                pass  # closed before it had read all
    assert api.request("GET", "/version").status == 200


PIECES = ["api", "apis", "v1", "namespaces", "default", "pods", "extensions.agents.x-k8s.io", "v1beta1", "log", "x",
          "sandboxclaims", "configmaps", "status", "scale", "exec", "%2e%2e", "token", "serviceaccounts",
          "authorization.k8s.io", "selfsubjectaccessreviews", "apps", "deployments", "*", "agent-sandbox", "openapi",
          "sandboxwarmpools", "rbac.authorization.k8s.io", "roles"]  # fmt: skip
HOME = "/api/v1/namespaces/default"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"
PLACES = [
    *("/openapi/v2", "/apis", f"{REVIEWS}/selfsubjectaccessreviews", f"{REVIEWS}/selfsubjectrulesreviews"),
    *(f"{REVIEWS}/subjectaccessreviews", "/apis/authentication.k8s.io/v1/tokenreviews"),
    *(CLAIMS, f"{CLAIMS}/x", f"{CLAIMS}/x/status", f"{CLAIMS.replace('claims', 'templates')}/agent-sandbox"),
    *(f"{CLAIMS.replace('claims', 'warmpools')}/agent-sandbox", f"{HOME}/configmaps", f"{HOME}/configmaps/x"),
    *(f"{HOME}/events", f"{HOME}/secrets", f"{HOME}/serviceaccounts/default/token", f"{HOME}/pods/x/log"),
    *(f"{HOME}/pods", f"{HOME}/pods/x", f"{HOME}/pods/x/status", "/api/v1/nodes/node-0001/status"),
    *("/api/v1/nodes/node-0001", "/apis/apps/v1/namespaces/default/deployments/x/scale", f"{RBAC}/clusterroles"),
    *(f"{RBAC}/namespaces/default/rolebindings/x", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
]
QUERIES = ["limit=2", "limit=-1", "watch=perhaps", "continue=x", "labelSelector=a%3D", "dryRun=All",
           "fieldSelector=status.phase%3DRunning", "resourceVersion=1", "fieldManager=a&force=true",
           "gracePeriodSeconds=-5", "propagationPolicy=Never", "container=x&tailLines=z"]  # fmt: skip
KINDS = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/apply-patch+yaml",
         "application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json",
         ""]  # fmt: skip


def scrambled(source: random.Random, depth: int = 5) -> object:
    """JSON of any shape, with the names that objects have."""
    names = ("kind", "apiVersion", "metadata", "name", "labels", "spec", "status", "rules", "verbs", "replicas", "op",
             "path", "from", "value", "finalizers", "ownerReferences", "managedFields", "warmPoolRef", "conditions",
             "containerStatuses", "template", "podTemplate", "containers", "env", "data", "versions", "schema", "type",
             "openAPIV3Schema", "properties", "group", "names", "plural", "scope", "roleRef", "subjects")  # fmt: skip
    values: tuple[object, ...] = (
        None,
        True,
        -1,
        1e300,
        "",
        "v1",
        "ConfigMap",
        "x" * 300,
        "\u0000",
        [],
        {},
        ["a"],
        "/metadata/name",
        "add",
    )
    if depth == 0 or source.random() < 0.4:
        return source.choice(values)
    if source.random() < 0.3:
        return [scrambled(source, depth - 1) for _ in range(source.randrange(4))]
    return {source.choice(names): scrambled(source, depth - 1) for _ in range(source.randrange(6))}


def fitting(path: str, value: object) -> object:
    """Often what a place is for, so that requests get beyond its first check."""
    kind = {"sandboxclaims": "SandboxClaim", "configmaps": "ConfigMap", "deployments": "Deployment", "pods": "Pod",
            "clusterroles": "ClusterRole", "rolebindings": "RoleBinding", "secrets": "Secret", "events": "Event",
            "customresourcedefinitions": "CustomResourceDefinition", "nodes": "Node",
            "sandboxtemplates": "SandboxTemplate", "sandboxwarmpools": "SandboxWarmPool"}  # fmt: skip
    plural = next((piece for piece in path.split("/") if piece in kind), None)
    if plural is None or not isinstance(value, dict):
        return value
    group, _, version = path.removeprefix("/apis/").partition("/")
    api_version = "v1" if path.startswith("/api/") else f"{group}/{version.split('/')[0]}"
    return {"metadata": {"name": "x"}, **value, "kind": kind[plural], "apiVersion": api_version}


def send_any(api: Api, source: random.Random) -> None:
    """A request made of the right words in any order: its answer must fit."""
    path = "/" + "/".join(source.choices(PIECES, k=source.randrange(1, 8)))
    path = source.choice(PLACES) if source.random() < 0.7 else path
    query = "&".join(source.sample(QUERIES, source.randrange(3)))
    method = source.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
    body = json.dumps(fitting(path, scrambled(source))).encode() if source.random() < 0.8 else source.randbytes(50)
    try:
        answer = api.request(method, f"{path}?{query}", body, source.choice(KINDS))
    except ConnectionError:
        return  # it may close where it does not read a body
    said = (method, path, query, body, answer)
    assert answer.status < 500, said
    if answer.status >= 400 and method != "HEAD":
        assert answer.body["kind"] == "Status" and answer.body["code"] == answer.status, said


def test_requests_of_any_kind(bench: Bench) -> None:
    source = random.Random(11)  # noqa: S311
    with serving(bench) as simulator:
        api = simulator.api
        for _ in range(2500):
            send_any(api, source)
        # The controllers live too: they give a new namespace its account.
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "afterwards"}}
        api.ok("POST", "/api/v1/namespaces", body)
        api.until("/api/v1/namespaces/afterwards/serviceaccounts/default", lambda _: True, 10)
        assert resident_mb(simulator.process.pid) < 300


@pytest.mark.parametrize(("address", "warns"), [("0.0.0.0:0", True), ("127.0.0.1:0", False), ("[::1]:0", False)])
def test_an_address_that_others_can_reach_is_warned_of(bench: Bench, address: str, warns: bool) -> None:
    if "::1" in address and not has_ipv6():
        pytest.skip("no IPv6 here")
    with serving(bench, None, "--listen", address) as simulator:
        pass
    said = simulator.said
    assert bool(re.search(r"^warning: 0\.0\.0\.0 is not a loopback address: others can reach", said, re.M)) == warns
    assert "serving on" in said


def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404), ("//", 404), ("/%ff", 404), ("/apis//", 200), ("/api/v1/namespaces/%00/pods", 200),
        ("/api/v1/pods?limit=x", 400), ("/api/v1/pods?labelSelector=a+in+b", 400),
        ("/api/v1/pods?resourceVersion=x&watch=1", 400),
    ],
)  # fmt: skip
def test_paths_and_queries(served: tuple[Api, int], path: str, status: int) -> None:
    api, _ = served
    assert api.request("GET", path).status == status


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
        while b"claim-first-ready-at" not in seen:
            seen += last.recv(65536)
        assert resident_mb(pid) < 300
    finally:
        for one in open_sockets:
            one.close()
    assert api.ok("GET", "/version")["major"] == "1"
