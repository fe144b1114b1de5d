"""A cluster, as kubectl and the command under test reach it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cluster.build import build
from cluster.manifests import Object, template_and_pool
from support.waiting import until


class KubectlError(Exception):
    """kubectl failed; carries what it said."""


class Cluster:
    """A cluster named by a kubeconfig file and, if not its current one, a context."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        self.kubeconfig = kubeconfig
        self.context = context

    @property
    def target(self) -> list[str]:
        """The options that name this cluster to kubectl and to agent-sandbox-bench alike."""
        return ["--kubeconfig", str(self.kubeconfig), *(["--context", self.context] if self.context else [])]

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout: float = 60) -> str:
        """Runs kubectl on this cluster; returns its output. Raises KubectlError."""
        command = [kubectl(), *self.target, *arguments]
        done = subprocess.run(command, input=stdin or "", capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def get(self, *arguments: str) -> dict[str, Any]:
        """`kubectl get` these, decoded."""
        decoded: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return decoded

    def names(self, kind: str, namespace: str = "default") -> list[str]:
        """The names of what there is of a kind."""
        return self.kubectl("get", kind, "-n", namespace, "-o", "name").split()

    def apply(self, *objects: Object) -> None:
        """Makes the cluster hold these objects."""
        items = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(items))

    @cached_property
    def sandbox_api(self) -> str:
        """The version of the agent-sandbox API to use: the newest one served."""
        crd = self.get("crd", "sandboxwarmpools.extensions.agents.x-k8s.io")
        return max(str(version["name"]) for version in crd["spec"]["versions"] if version["served"])

    def apply_template_and_pool(
        self, name: str, namespace: str = "default", replicas: int = 1, pod: Mapping[str, Any] | None = None
    ) -> None:
        """A SandboxTemplate and a SandboxWarmPool of one name; returns when all replicas are ready.

        `pod` is the pod's spec. Raises NotInTimeError after 60 s and 0.5 s a replica.
        """
        self.apply(*template_and_pool(self.sandbox_api, name, namespace, replicas, pod))
        what = f"warm pool {namespace}/{name}: {replicas} ready"
        until(lambda: self.pool_is_full(name, namespace), 60 + replicas / 2, what, lambda: self.pods(namespace))

    def pool_is_full(self, name: str, namespace: str = "default") -> bool:
        """Whether as many sandboxes are ready as the pool wants."""
        pool = self.get("sandboxwarmpools.extensions.agents.x-k8s.io", name, "-n", namespace)
        status, generation = pool.get("status", {}), pool["metadata"]["generation"]
        counts = {int(status.get(count, 0)) for count in ("replicas", "readyReplicas")}  # absent means 0
        seen = status.get("observedGeneration", generation) == generation  # absent before v0.5.6
        return counts == {pool["spec"]["replicas"]} and bool(seen)

    def delete_template_and_pool(self, name: str, namespace: str = "default") -> None:
        """Removes both."""
        for kind in ("sandboxwarmpools", "sandboxtemplates"):
            where = ("-n", namespace, "--ignore-not-found", "--wait=false")
            self.kubectl("delete", f"{kind}.extensions.agents.x-k8s.io", name, *where)

    def pods(self, namespace: str) -> str:
        """What a person would look at when a pool does not fill."""
        return self.kubectl("get", "sandboxwarmpools,pods,events", "-n", namespace, "--ignore-not-found")[-3000:]


def kubectl() -> str:
    """The kubectl on PATH; built when there is none."""
    return shutil.which("kubectl") or str(build(["kubectl"])["kubectl"])
