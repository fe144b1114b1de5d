"""From the line of both APIs to the one of the newer alone, on the simulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cluster.manifests import read, sandbox_folder, second_line
from support.bench import sets
from support.stack import is_ready
from support.waiting import until

from stack.conftest import Empty
from stack.migrating import CRDS, create_old, kill_at_instants, objects, stored_versions
from stack.test_simulator import stable

COUNT = 2000
SYSTEM = "namespaces/agent-sandbox-system"
ORPHANS = [
    f"/api/v1/{SYSTEM}/secrets/agent-sandbox-webhook-certs",
    f"/apis/rbac.authorization.k8s.io/v1/{SYSTEM}/rolebindings/agent-sandbox-controller",
    f"/apis/rbac.authorization.k8s.io/v1/{SYSTEM}/roles/agent-sandbox-controller",
    f"/api/v1/{SYSTEM}/services/agent-sandbox-webhook-service",
]


@pytest.fixture
def both(simulator: Callable[..., Empty]) -> Empty:
    """The line of both APIs over that of the older one, as this program installs it."""
    cluster = simulator(release="v0.5")
    for group in ("agent-sandbox-v0.4", "agent-sandbox"):
        done = cluster.install({"manifest_ref": str(sandbox_folder(group)), "gvisor": "none"})
        assert done.code == 0, done.stderr
        if group == "agent-sandbox-v0.4":
            create_old(cluster.api, COUNT)
    # What the controller of that line makes by itself.
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "agent-sandbox-webhook-certs"}}
    cluster.api.ok("POST", f"/api/v1/{SYSTEM}/secrets", secret)
    return cluster


def test_objects_outlive_a_migration_that_is_killed_ten_times(both: Empty, tmp_path: Path) -> None:
    cluster = both
    claim = {"apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxClaim", "metadata": {"name": "live"}}
    claims = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims"
    cluster.api.ok("POST", claims, {**claim, "spec": {"warmPoolRef": {"name": "agent-sandbox"}}})
    live = cluster.api.until(f"{claims}/live", is_ready)
    assert stored_versions(cluster.api) == {"v1alpha1", "v1beta1"}
    before = objects(cluster.api)
    assert len(before) > 2 * COUNT

    newer = {"manifest_ref": str(second_line(tmp_path)), "gvisor": "none", "controller.image": "x:2"}
    refused = cluster.install(newer)
    assert refused.code == 1
    assert "stored as v1alpha1 (" in refused.stderr and "install --migrate" in refused.stderr, refused.stderr
    assert objects(cluster.api) == before and stored_versions(cluster.api) == {"v1alpha1", "v1beta1"}

    settings = {f"stack.{name}": value for name, value in {**newer, "sandbox_warmpool.replicas": 4}.items()}
    words = ["install", *cluster.target, *sets(settings), "--migrate"]

    def check() -> None:
        assert is_ready(cluster.get(f"{claims}/live"))

    said = kill_at_instants(cluster.bench, words, check)
    assert len({line for line in said if "objects are stored as v1beta1" in line}) > 2, said
    done = cluster.bench(*words)
    assert done.code == 0, done.stderr
    assert "warning" not in done.stderr
    after = objects(cluster.api)
    assert {key: after.get(key) for key in before} == before
    assert stored_versions(cluster.api) == {"v1beta1"}
    assert [cluster.api.request("GET", path).status for path in ORPHANS] == [404] * 4
    assert all(item["spec"].get("conversion") == {"strategy": "None"} for item in cluster.get(CRDS)["items"])
    still = cluster.get(f"{claims}/live")
    assert is_ready(still) and still["status"]["sandbox"] == live["status"]["sandbox"]
    once = stable(cluster.everything())
    assert cluster.bench(*words).code == 0
    assert stable(cluster.everything()) == once


def test_what_others_installed_is_not_migrated(simulator: Callable[..., Empty], tmp_path: Path) -> None:
    cluster = simulator(release="v0.4", empty=False)
    for file in sorted((sandbox_folder("agent-sandbox") / "crds").glob("*.yaml")):
        [crd] = read([file])
        cluster.api.patch("merge", f"{CRDS}/{crd['metadata']['name']}", {"spec": crd["spec"]})
    until(lambda: stored_versions(cluster.api) == {"v1alpha1", "v1beta1"}, 10, "both versions stored")
    words = sets({"stack.manifest_ref": str(second_line(tmp_path)), "stack.controller.image": "x:1"})
    done = cluster.bench("install", *cluster.target, *words, "--migrate")
    assert done.code == 1
    assert "belongs to" in done.stderr
    assert stored_versions(cluster.api) == {"v1alpha1", "v1beta1"}


def test_the_first_line_is_told_to_go_by_the_one_of_both(simulator: Callable[..., Empty], tmp_path: Path) -> None:
    cluster = simulator(release="v0.4")
    assert cluster.install({"manifest_ref": str(sandbox_folder("agent-sandbox-v0.4"))}).code == 0
    settings = {"stack.manifest_ref": str(second_line(tmp_path)), "stack.controller.image": "x:1"}
    done = cluster.bench("install", *cluster.target, *sets(settings), "--migrate")
    assert done.code == 1
    assert "stack.manifest_ref: v0.5.6" in done.stderr
