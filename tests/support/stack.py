"""The agent-sandbox objects of a test, and what their events say."""

from __future__ import annotations

from dataclasses import dataclass

from support.api import Answer, Api, Object

EXTENSIONS = "extensions.agents.x-k8s.io/v1beta1"
AGENTS = "agents.x-k8s.io/v1beta1"
KEY = "agents.x-k8s.io/"


@dataclass
class Stack:
    """The objects of one namespace."""

    api: Api
    namespace: str

    def path(self, plural: str, name: str = "") -> str:
        """Path of a kind's objects, or of one."""
        if plural in ("pods", "configmaps", "services", "serviceaccounts"):
            group = "/api/v1"
        else:
            group = "/apis/" + (AGENTS if plural == "sandboxes" else EXTENSIONS)
        return f"{group}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    def create_template(self, name: str, **spec: object) -> Object:
        """A template whose pods any node can run."""
        container = {"name": "sandbox", "image": "registry.k8s.io/pause:3.10", "env": [{"name": "A", "value": "1"}]}
        pod = {"spec": {"containers": [container], "terminationGracePeriodSeconds": 1}}
        return self.create("sandboxtemplates", "SandboxTemplate", name, {"podTemplate": pod, **spec})

    def create_pool(self, name: str, replicas: int, template: str = "template") -> Object:
        """A pool, filled when this returns."""
        spec = {"replicas": replicas, "sandboxTemplateRef": {"name": template}}
        self.create("sandboxwarmpools", "SandboxWarmPool", name, spec)
        return self.pool_is_full(name, replicas)

    def pool_is_full(self, name: str, replicas: int) -> Object:
        """Waits for the sandboxes of a pool."""
        path = self.path("sandboxwarmpools", name)
        return self.api.until(path, lambda pool: pool.get("status", {}).get("readyReplicas", 0) == replicas, 90)

    def claim(self, name: str, pool: str = "pool", **spec: object) -> Object:
        """A claim."""
        return self.create("sandboxclaims", "SandboxClaim", name, {"warmPoolRef": {"name": pool}, **spec})

    def create(self, plural: str, kind: str, name: str, spec: object) -> Object:
        """An object that must be accepted."""
        answer = self.try_create(plural, kind, name, spec)
        assert answer.status == 201, answer
        return answer.body

    def try_create(self, plural: str, kind: str, name: str, spec: object) -> Answer:
        """An object that may be refused."""
        version = AGENTS if kind == "Sandbox" else EXTENSIONS
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        return self.api.request("POST", self.path(plural), body)


def condition(thing: Object, kind: str) -> Object:
    """The condition of that type, or nothing. Before the first one a server may say null."""
    conditions = thing.get("status", {}).get("conditions") or []
    found: Object = next((item for item in conditions if item["type"] == kind), {})
    return found


def ready(thing: Object) -> Object:
    """The condition Ready, or nothing."""
    return condition(thing, "Ready")


def is_ready(thing: Object) -> bool:
    """Whether the condition Ready is True."""
    return bool(ready(thing).get("status") == "True")


def facts(claim: Object) -> set[str]:
    """What a claim says by now."""
    annotations = claim["metadata"].get("annotations", {})
    said = {name for name in ("controller-first-observed-at", "sandbox-name", "claim-first-ready-at")
            if KEY + name in annotations}  # fmt: skip
    if claim.get("status", {}).get("sandbox", {}).get("name"):
        said.add("bound")
    if is_ready(claim):
        said.add("ready")
    return said


def story(events: list[Object], name: str) -> list[set[str]]:
    """What each event of a claim says that none before it did; events that say nothing new are left out."""
    known: set[str] = set()
    told = []
    for event in events:
        if event["object"]["metadata"]["name"] == name and event["type"] in ("ADDED", "MODIFIED"):
            new = facts(event["object"]) - known
            known |= new
            if new or event["type"] == "ADDED":
                told.append(new)
    return told
