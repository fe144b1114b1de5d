"""Runs against the simulator, or with --kubeconfig FILE [--context NAME] against a cluster that has agent-sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.api import Api
from support.bench import Bench
from support.simulator import serving
from support.stack import Stack


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kubeconfig", type=Path, help="a cluster instead of the simulator")
    parser.addoption("--context", help="its context, by default the current one")


@pytest.fixture(scope="session")
def is_simulator(request: pytest.FixtureRequest) -> bool:
    """Whether the server is the simulator."""
    return request.config.getoption("--kubeconfig") is None


@pytest.fixture(scope="session")
def api(request: pytest.FixtureRequest, is_simulator: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The server."""
    if not is_simulator:
        yield Api.from_kubeconfig(request.config.getoption("--kubeconfig"), request.config.getoption("--context"))
        return
    with serving(Bench(tmp_path_factory.mktemp("conformance")), {"simulator.seed": 1}) as served:
        yield served.api


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    api.ok("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    # What a controller puts into every namespace; a test that watches must not see it come.
    api.until(f"/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt", lambda _: True)
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def stack(api: Api, namespace: str) -> Stack:
    """A template `template`, no pool yet."""
    stack = Stack(api, namespace)
    stack.create_template("template")
    return stack
