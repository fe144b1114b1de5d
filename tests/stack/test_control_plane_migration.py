"""From the line of both APIs to the one of the newer alone, on a real control plane whose etcd says what is stored how.

Claims and sandboxes are made by v0.4.6's API; v0.5.6's program converts them, and controls nothing meanwhile, for its
writes would store them anew.
"""

from __future__ import annotations

import base64
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.build import path_of_name
from cluster.manifests import read, sandbox_folder, second_line
from cluster.ports import free_port
from cluster.process import Process
from cluster.rights import bind
from support.api import Api
from support.bench import Bench, sets
from support.stack import is_ready
from support.waiting import until

from stack.control_plane import AuditedControlPlane, granted, manifests
from stack.migrating import CRDS, EXTENSIONS, PLURALS, create_old, kill_at_instants, objects, stored_versions
from stack.test_migration import COUNT, ORPHANS

INSTALLER = "installer"
MANAGED = {"app.kubernetes.io/managed-by": "agent-sandbox-bench"}
LEASE = "a3317529.agent-sandbox.x-k8s.io"
LIVE = f"{EXTENSIONS}/v1beta1/namespaces/default/sandboxclaims/live"


class Plane(AuditedControlPlane):
    """A control plane on which the line of both APIs follows that of the older one."""

    @property
    def api(self) -> Api:
        """Its API, to its administrator."""
        return Api.from_kubeconfig(self.accounts.kubeconfig("admin"))

    def start_old(self, bench: Bench, words: list[str]) -> None:
        """v0.4.6, a live claim, and many objects that nobody works on."""
        process = bench.start("install", *words)
        until(lambda: process.poll() is not None or self.has_deployment(), 150, "the controller's Deployment")
        self.start_controller("v0.4.6")
        done = bench.finish(process, bench.out(), timeout=150)
        assert done.code == 0, done.stderr
        reference = {"sandboxTemplateRef": {"name": "agent-sandbox"}, "warmpool": "agent-sandbox"}
        version = "extensions.agents.x-k8s.io/v1alpha1"
        claim = {"apiVersion": version, "kind": "SandboxClaim", "metadata": {"name": "live"}, "spec": reference}
        path = LIVE.replace("v1beta1", "v1alpha1")
        self.api.ok("POST", path.rpartition("/")[0], claim)
        self.api.until(path, is_ready)
        # Nobody fills the pool while the objects are migrated.
        until(lambda: self.pool_is_full("agent-sandbox"), 60, "the pool is full again", lambda: self.pods("default"))
        self.stop_controller()
        del self.processes["controller"]
        create_old(self.api, COUNT)

    def serve_both(self) -> None:
        """v0.5.6's CRDs, its program as their webhook, and what its release has for that."""
        folder, port = self.folder / "webhook", free_port()
        folder.mkdir()
        for name in ("crt", "key"):
            shutil.copy(self.accounts.file(f"server.{name}"), folder / f"tls.{name}")
        authority = base64.b64encode(self.accounts.file("ca.crt").read_bytes()).decode()
        client = {"url": f"https://{self.address}:{port}/convert", "caBundle": authority}
        webhook = {"conversionReviewVersions": ["v1", "v1beta1"], "clientConfig": client}
        for file in sorted((sandbox_folder("agent-sandbox") / "crds").glob("*.yaml")):
            [crd] = read([file])
            crd["spec"]["conversion"] = {"strategy": "Webhook", "webhook": webhook}
            answer = self.api.patch("merge", f"{CRDS}/{crd['metadata']['name']}", {"spec": crd["spec"]})
            assert answer.status == 200, answer
        # Another holds the Lease: this one converts and controls nothing.
        held = {"holderIdentity": "another", "leaseDurationSeconds": 3600}
        now = "2099-01-01T00:00:00.000000Z"
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": LEASE}}
        self.api.ok(
            "POST",
            "/apis/coordination.k8s.io/v1/namespaces/agent-sandbox-system/leases",
            {**lease, "spec": {**held, "acquireTime": now, "renewTime": now}},
        )
        program = str(path_of_name("agent-sandbox-controller"))
        flags = (
            "--extensions", "--leader-elect=true", "--leader-election-namespace=agent-sandbox-system",
            "--manage-webhook-certs=false", f"--webhook-cert-dir={folder}", f"--webhook-port={port}",
            "--metrics-bind-address=0", "--health-probe-bind-address=0",
        )  # fmt: skip
        environment = {"KUBECONFIG": str(self.accounts.kubeconfig("admin"))}
        self.run(Process("webhook", [program, *flags], self.folder / "webhook.log", environment))
        until(self.lists_all, 90, "the API server's caches of the converted objects", self.processes["webhook"].tail)
        self.leave_orphans()

    def lists_all(self) -> bool:
        """Whether the API server has read and converted every object."""
        return all(
            self.api.request("GET", f"{group}/v1beta1/{plural}").status == 200 for plural, group in PLURALS.items()
        )

    def leave_orphans(self) -> None:
        """The objects of the webhook: three that an install makes, and the Secret that the controller makes."""
        for path in ORPHANS:
            collection, name = path.rsplit("/", 1)
            ours = {} if "secrets" in path else {"labels": MANAGED}
            body: dict[str, object] = {"metadata": {"name": name, **ours}}
            group = "rbac.authorization.k8s.io"
            if "bindings" in path:
                body |= {"roleRef": {"apiGroup": group, "kind": "Role", "name": name}}
            if "services" in path:
                body |= {"spec": {"ports": [{"port": 443}]}}
            self.api.ok("POST", collection, body)

    def stored_as(self, version: str) -> int:
        """Objects that etcd holds in that version of agent-sandbox's API."""
        count = 0
        for group in ("agents.x-k8s.io", "extensions.agents.x-k8s.io"):
            first, last = (base64.b64encode(f"/registry/{group}{end}".encode()).decode() for end in "/0")
            body = json.dumps({"key": first, "range_end": last}).encode()
            with urllib.request.urlopen(f"{self.components.store}/v3/kv/range", body, timeout=60) as answer:
                values = [base64.b64decode(item["value"]) for item in json.load(answer).get("kvs", [])]
            count += sum(json.loads(value)["apiVersion"].endswith(version) for value in values)
        return count


@pytest.fixture
def plane(module_bench: Bench, tmp_path: Path) -> Iterator[Plane]:
    """The line of both APIs, with many objects stored by the older one."""
    with Plane([INSTALLER]) as plane:
        bind(plane, INSTALLER, "role-install.yaml")
        bind(plane, INSTALLER, "role-migrate.yaml")
        plane.start_old(module_bench, words(plane, manifests("v0.4.6", tmp_path / "old")))
        plane.serve_both()
        yield plane


def words(plane: Plane, folder: Path) -> list[str]:
    """The options of an install."""
    settings = {
        "manifest_ref": str(folder),
        "gvisor": "none",
        "controller.image": "registry/controller:test",
        "sandbox_warmpool.replicas": 4,
        "wait_timeout": "90s",
    }
    target = ["--kubeconfig", str(plane.accounts.kubeconfig(INSTALLER))]
    return [*target, *sets({f"stack.{name}": value for name, value in settings.items()})]


@pytest.mark.timeout(600)
def test_nothing_is_lost_by_a_migration_that_is_killed_ten_times(
    plane: Plane, module_bench: Bench, tmp_path: Path
) -> None:
    assert plane.stored_as("v1alpha1") > 2 * COUNT
    assert stored_versions(plane.api) == {"v1alpha1", "v1beta1"}
    before = objects(plane.api)
    live = plane.api.ok("GET", LIVE)
    assert is_ready(live)
    install = ["install", *words(plane, second_line(tmp_path))]
    refused = module_bench(*install)
    assert refused.code == 1 and "install --migrate" in refused.stderr, refused.stderr

    def check() -> None:
        assert is_ready(plane.api.ok("GET", LIVE))

    said = kill_at_instants(module_bench, [*install, "--migrate"], check)
    assert len({line for line in said if "objects are stored as v1beta1" in line}) > 2, said
    done = module_bench(*install, "--migrate", timeout=300)
    assert done.code == 0, done.stderr
    assert plane.stored_as("v1alpha1") == 0
    assert objects(plane.api) == before
    assert stored_versions(plane.api) == {"v1beta1"}
    assert [plane.api.request("GET", path).status for path in ORPHANS] == [404] * 4
    # No note of a field's manager is left in a version that nobody serves: others can go on applying.
    for plural, kind in (("sandboxclaims", "SandboxClaim"), ("sandboxes", "Sandbox")):
        version = f"{PLURALS[plural]}/v1beta1"
        metadata = {"name": "old-0", "labels": {"a": "b"}}
        applied = {"apiVersion": version.removeprefix("/apis/"), "kind": kind, "metadata": metadata}
        answer = plane.api.patch("apply", f"{version}/namespaces/default/{plural}/old-0?fieldManager=another", applied)
        assert answer.status == 200, answer
    assert granted("role-migrate.yaml") <= plane.used(INSTALLER)
    plane.processes["webhook"].stop()
    plane.start_controller("v1.0")
    still = plane.api.ok("GET", LIVE)
    assert is_ready(still) and still["status"]["sandbox"] == live["status"]["sandbox"]
