"""Takes sandboxes from a warm pool of agent-sandbox."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.client import ApiClient, ApiException, CustomObjectsApi
from kubernetes.watch import Watch

API = "extensions.agents.x-k8s.io/v1beta1"
BUSY = (429, 503)


class NotReadyError(TimeoutError):
    """A claim that was not ready in time."""


class Sandboxes:
    """Sandboxes from one warm pool.

    Args:
        client: Of the cluster.
        pool: The SandboxWarmPool.
        namespace: Of the pool, and of the claims.
    """

    def __init__(self, client: ApiClient, pool: str = "agent-sandbox", namespace: str = "default") -> None:
        group, version = API.split("/")
        self._claims = CustomObjectsApi(client)
        self._kind: dict[str, Any] = {
            "group": group,
            "version": version,
            "namespace": namespace,
            "plural": "sandboxclaims",
        }
        self._pool = pool

    @contextmanager
    def taken(self, timeout_s: float = 30) -> Iterator[str]:
        """The name of a sandbox, for the length of a ``with``; its claim is deleted at the end, whatever happens.

        Raises:
            NotReadyError: There was none in time.
        """
        deadline = time.monotonic() + timeout_s
        name = f"taken-{uuid.uuid4().hex[:12]}"
        self._create(name, deadline)
        try:
            yield self._ready(name, deadline)
        finally:
            self._claims.delete_namespaced_custom_object(**self._kind, name=name)

    def _create(self, name: str, deadline: float) -> None:
        """Creates a claim; a server that is busy is asked again when it says."""
        spec = {"warmPoolRef": {"name": self._pool}}
        claim = {"apiVersion": API, "kind": "SandboxClaim", "metadata": {"name": name}, "spec": spec}
        while True:
            try:
                self._claims.create_namespaced_custom_object(**self._kind, body=claim)
            except ApiException as refusal:
                wait_s = float((refusal.headers or {}).get("Retry-After", 1))
                if refusal.status not in BUSY or time.monotonic() + wait_s > deadline:
                    raise
                time.sleep(wait_s)
            else:
                return

    def _ready(self, name: str, deadline: float) -> str:
        """The sandbox of the claim, once it is ready; a watch that ends is opened again."""
        while (left_s := deadline - time.monotonic()) > 0:
            options = {"field_selector": f"metadata.name={name}", "timeout_seconds": max(1, int(left_s))}
            claims = self._claims.list_namespaced_custom_object
            for event in Watch().stream(claims, **self._kind, **options):
                if is_ready(event["object"]):
                    return str(event["object"]["status"]["sandbox"]["name"])
        raise NotReadyError(f"claim {name}: not ready in time; is the pool {self._pool} empty?")


def is_ready(claim: dict[str, Any]) -> bool:
    """Whether the claim's condition Ready is True."""
    conditions = claim.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
