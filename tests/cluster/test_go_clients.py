"""Go programs speak protobuf by default: to the simulator as to a real API server."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.build import build
from cluster.client import Cluster
from support.api import Api
from support.bench import Bench
from support.simulator import serving

TABLE = Path(__file__).resolve().parents[2] / "src" / "simulator" / "http" / "protobuf" / "messages.txt"


@pytest.fixture(params=["simulator", "cluster"])
def kubeconfig(request: pytest.FixtureRequest, bench: Bench) -> Iterator[Path]:
    """The server's kubeconfig."""
    if request.param == "simulator":
        with serving(bench, {"simulator.tls": True}) as served:
            yield served.kubeconfig
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    if cluster.context:
        pytest.skip("the program takes the current context")
    yield cluster.kubeconfig


def test_what_a_go_client_sends_comes_back(kubeconfig: Path) -> None:
    """Pods, policies, events and leases with many fields, an informer, a leader election: see its main.go."""
    api, name = Api.from_kubeconfig(kubeconfig), f"go-{uuid.uuid4().hex[:8]}"
    api.ok("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    try:
        api.until(f"/api/v1/namespaces/{name}/serviceaccounts/default", bool)
        program = build(["protobuf"])["protobuf"]
        done = subprocess.run([program, kubeconfig, name], capture_output=True, text=True, timeout=90, check=False)
        assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
    finally:
        api.request("DELETE", f"/api/v1/namespaces/{name}")


def test_the_table_of_messages_is_that_of_the_pinned_modules() -> None:
    written = subprocess.run([build(["messages"])["messages"]], capture_output=True, text=True, check=True).stdout
    assert written == TABLE.read_text(), "write it anew: see tests/cluster/modules/client/messages/main.go"
