"""A simulator without a stack, and manifests to install from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Bench, wait_for

MODULE = Path(__file__).resolve().parents[1] / "cluster" / "modules" / "agent-sandbox"


@pytest.fixture(scope="session")
def command() -> str:
    """The command under test, for fixtures that outlive a test."""
    found = os.environ.get("AGENT_SANDBOX_BENCH") or shutil.which("agent-sandbox-bench")
    assert found, "agent-sandbox-bench is not on PATH: install the package, or set AGENT_SANDBOX_BENCH"
    return found


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The manifests of the pinned agent-sandbox, out of its Go module: no network once it was downloaded."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/agent-sandbox"]
    done = subprocess.run(command, cwd=MODULE, capture_output=True, text=True, timeout=300, check=True)
    return Path(done.stdout.strip()) / "k8s"


class Empty:
    """A simulator that serves Kubernetes and nothing else."""

    def __init__(self, bench: Bench, manifests: Path, kubeconfig: Path) -> None:
        self.bench = bench
        self.manifests = manifests
        self.kubeconfig = kubeconfig

    @property
    def target(self) -> list[str]:
        """The options that name it."""
        return ["--kubeconfig", str(self.kubeconfig)]

    def install(self, *settings: str) -> Any:
        """Installs from the manifests; each setting is KEY.PATH=VALUE."""
        standard = (
            f"stack.manifest_ref={self.manifests}",
            "stack.controller.image=registry/controller:test",
            "stack.sandbox_warmpool.replicas=4",
            "stack.wait_timeout=5s",
        )
        words = [word for setting in (*standard, *settings) for word in ("--set", setting)]
        return self.bench("install", *self.target, *words, "--output", "json")

    def get(self, path: str) -> dict[str, Any]:
        """What the API serves there."""
        return self.request("GET", path)

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> dict[str, Any]:
        """One request; the answer, whatever its status."""
        server = yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(server + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                decoded: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            decoded = json.load(error)
        return decoded

    def everything(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Every object by kind, namespace and name."""
        groups = [group["preferredVersion"]["groupVersion"] for group in self.get("/apis")["groups"]]
        objects = {}
        for root in ["/api/v1", *(f"/apis/{group}" for group in groups)]:
            for resource in self.get(root)["resources"]:
                if "/" in resource["name"] or "list" not in resource["verbs"]:
                    continue
                if resource["name"] in ("events", "leases"):
                    continue
                for item in self.get(f"{root}/{resource['name']}")["items"]:
                    meta = item["metadata"]
                    objects[resource["kind"], meta.get("namespace", ""), meta["name"]] = item
        return objects


@pytest.fixture
def simulator(bench: Bench, manifests: Path, tmp_path: Path) -> Iterator[Callable[..., Empty]]:
    """Starts simulators without a stack; the settings are those of `simulator`."""
    started: list[subprocess.Popen[str]] = []

    def start(**settings: Any) -> Empty:
        config, kubeconfig = tmp_path / "simulator.yaml", tmp_path / f"kubeconfig-{len(started)}"
        config.write_text(json.dumps({"simulator": {"empty": True, "nodes": {"count": 4, "pods": 20}} | settings}))
        arguments = ("simulate", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig, "-f", config)
        started.append(bench.start(*arguments))
        wait_for(lambda: kubeconfig.exists() and bool(kubeconfig.read_text()), 10, "the simulator's kubeconfig")
        return Empty(bench, manifests, kubeconfig)

    yield start
    for process in started:
        process.terminate()
        process.communicate(timeout=10)
