"""A simulator without a stack, and manifests to install from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cluster.manifests import sandbox_folder
from support.bench import Bench, Finished, sets
from support.simulator import Served, serving


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The manifests of the pinned agent-sandbox, out of its Go module: no network once it was downloaded."""
    return sandbox_folder("agent-sandbox")


class Empty:
    """A simulator that serves Kubernetes and nothing else."""

    def __init__(self, bench: Bench, manifests: Path, served: Served) -> None:
        self.bench = bench
        self.manifests = manifests
        self.kubeconfig = served.kubeconfig
        self.target = served.target
        self.api = served.api

    def install(self, settings: Mapping[str, object] | None = None) -> Finished:
        """Installs from the manifests; the settings are those of `stack`."""
        standard = {
            "manifest_ref": str(self.manifests),
            "controller.image": "registry/controller:test",
            "sandbox_warmpool.replicas": 4,
            "wait_timeout": "5s",
        }
        words = sets({f"stack.{name}": value for name, value in {**standard, **(settings or {})}.items()})
        return self.bench("install", *self.target, *words, "--output", "json")

    def get(self, path: str) -> dict[str, Any]:
        """What the API serves there."""
        return self.api.ok("GET", path)

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
def simulator(bench: Bench, manifests: Path) -> Iterator[Callable[..., Empty]]:
    """Starts simulators without a stack; the settings are those of `simulator`."""
    with ExitStack() as started:

        def start(**settings: object) -> Empty:
            simulator = {"empty": True, "nodes": {"count": 4, "pods": 20}} | settings
            return Empty(bench, manifests, started.enter_context(serving(bench, {"simulator": simulator})))

        yield start
