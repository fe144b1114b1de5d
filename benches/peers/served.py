"""The simulator that all tools meet, and its truth."""

from __future__ import annotations

import argparse
import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml
from result import percentile

SECOND_NS = 1e9


@dataclass(frozen=True)
class Truth:
    """What the simulator saw of one tool's claims."""

    claims: int
    rate: float
    p50: float | None
    p99: float | None


class Served:
    """A simulator of its own process, for the length of a `with`."""

    def __init__(self, folder: Path, options: argparse.Namespace, **more: object) -> None:
        self.folder = folder
        self.kubeconfig = folder / "kubeconfig"
        self.pool: int = options.pool
        self.truth_file = folder / "truth.jsonl"
        self.offset = 0
        sets = {"simulator.seed": 1, "stack.sandbox_warmpool.replicas": self.pool}
        if options.tls:
            more["tls"] = "true"
        sets |= {f"simulator.{name}": value for name, value in more.items()}
        words = [word for name, value in sets.items() for word in ("--set", f"{name}={value}")]
        paths = ["--kubeconfig-out", str(self.kubeconfig), "--truth-out", str(self.truth_file)]
        self.arguments = [options.command, "simulate", *paths, *words]

    def __enter__(self) -> Served:
        """Returns when it serves."""
        self.process = subprocess.Popen(self.arguments, stderr=subprocess.DEVNULL)
        while not self.kubeconfig.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.arguments} ended with {self.process.returncode}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait()

    @property
    def server(self) -> str:
        """Its address, as the kubeconfig names it."""
        server: str = yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        return server

    def settle(self) -> None:
        """Waits until the pool is full, and forgets what the truth says so far."""
        path = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxwarmpools/agent-sandbox"
        while self.ask(path)["status"].get("readyReplicas", 0) < self.pool:
            time.sleep(0.2)
        time.sleep(1)
        self.offset = self.truth_file.stat().st_size

    def ask(self, path: str) -> dict[str, Any]:
        """What a GET answers."""
        arguments = ["kubectl", "--kubeconfig", str(self.kubeconfig), "get", "--raw", path]
        if self.server.startswith("https:"):
            answer = subprocess.run(arguments, check=True, capture_output=True).stdout
        else:
            with urllib.request.urlopen(self.server + path) as response:  # noqa: S310 - the simulator's own address
                answer = response.read()
        value: dict[str, Any] = json.loads(answer)
        return value

    def truth(self) -> Truth:
        """Of the claims that ended since it settled."""
        with self.truth_file.open() as file:
            file.seek(self.offset)
            claims = [json.loads(line) for line in file]
        received = sorted(claim["create_received_ns"] for claim in claims)
        ready = [
            (claim["ready_sent_ns"] - claim["create_received_ns"]) / SECOND_NS
            for claim in claims
            if claim["ready_sent_ns"]
        ]
        length = (received[-1] - received[0]) / SECOND_NS if len(received) > 1 else float("inf")
        return Truth(len(claims), (len(claims) - 1) / length, percentile(ready, 0.5), percentile(ready, 0.99))
