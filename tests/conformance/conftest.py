"""Runs against the simulator, or with --kubeconfig FILE [--context NAME] against a cluster that has agent-sandbox."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.api import Api
from conformance.stack import Stack


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
    command = os.environ.get("AGENT_SANDBOX_BENCH") or shutil.which("agent-sandbox-bench")
    assert command, "name the program in AGENT_SANDBOX_BENCH, or have agent-sandbox-bench on the PATH"
    kubeconfig = tmp_path_factory.mktemp("simulator") / "kubeconfig"
    process = subprocess.Popen(
        [command, "simulate", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig, "--set", "simulator.seed=1"]
    )
    try:
        deadline = time.monotonic() + 20
        while not kubeconfig.exists():
            assert process.poll() is None and time.monotonic() < deadline, "the simulator does not serve"
            time.sleep(0.02)
        yield Api.from_kubeconfig(kubeconfig)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    api.ok("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def stack(api: Api, namespace: str) -> Stack:
    """A template `template`, no pool yet."""
    stack = Stack(api, namespace)
    stack.create_template("template")
    return stack
