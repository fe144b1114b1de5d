"""The stack on a real control plane, of both API versions, by accounts that hold the published roles alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cluster.rights import bind
from support.bench import Bench, Finished, run_id
from support.validity import ONE_PAUSE_HITS_ALL
from support.waiting import until

from stack.control_plane import AuditedControlPlane, granted, manifests, ours

INSTALLER, RUNNER, NOBODY = "installer", "runner", "nobody"
# Asked of the account, not by it; the log of a container, which on a fake node never ends by itself; and where the
# garbage collector takes its time.
NEVER_REQUESTED = {
    ("delete", "agents.x-k8s.io", "sandboxes"),
    ("bind", "rbac.authorization.k8s.io", "clusterroles"),
    ("bind", "rbac.authorization.k8s.io", "roles"),
    ("escalate", "rbac.authorization.k8s.io", "clusterroles"),
    ("escalate", "rbac.authorization.k8s.io", "roles"),
    ("get", "", "pods/log"),
}
# Where a create's answer was lost; where a sandbox's pod has another name; what newer servers ask for an exec; and
# requests to sandboxes, whose servers do not run on a fake node.
ON_OCCASION = {
    ("get", "extensions.agents.x-k8s.io", "sandboxclaims"),
    ("get", "agents.x-k8s.io", "sandboxes"),
    ("create", "", "pods/exec"),
    ("get", "", "pods/proxy"),
    ("create", "", "pods/proxy"),
}


@dataclass
class Site:
    """A control plane, a release, and its manifests."""

    plane: AuditedControlPlane
    release: str
    folder: Path
    bench: Bench
    installed: Finished | None = None
    before: dict[Any, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version of the API that is served."""
        return "v1alpha1" if self.release == "v0.4.6" else "v1beta1"

    def target(self, user: str) -> list[str]:
        """The options that name the cluster, as that user."""
        return ["--kubeconfig", str(self.plane.accounts.kubeconfig(user))]

    def words(self, *settings: str) -> list[str]:
        """The settings of an install, as options."""
        standard = (
            f"stack.manifest_ref={self.folder}",
            "stack.controller.image=registry/controller:test",
            "stack.sandbox_warmpool.replicas=20",
            "stack.nodes={names: [fake-000, fake-001]}",
            "stack.wait_timeout=60s",
        )
        return [word for setting in (*standard, *settings) for word in ("--set", setting)]

    def install(self, *settings: str, user: str = INSTALLER) -> Finished:
        """Installs; the controller stands already, or is not needed."""
        return self.bench("install", *self.target(user), *self.words(*settings), timeout=150)

    def install_first(self) -> Finished:
        """Installs, and starts the controller where the Deployment would."""
        process = self.bench.start("install", *self.target(INSTALLER), *self.words())
        until(lambda: process.poll() is not None or self.plane.has_deployment(), 150, "the controller's Deployment")
        if process.poll() is None:
            self.plane.start_controller(self.release)
        return self.bench.finish(process, self.bench.out(), timeout=150)


@pytest.fixture(scope="module", params=["v0.5.6", "v1.0", "v0.4.6"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, module_bench: Bench
) -> Iterator[Site]:
    """A fresh control plane with the stack of one release installed by the least-privileged account."""
    folder = tmp_path_factory.mktemp("site")
    with AuditedControlPlane([INSTALLER, RUNNER, NOBODY]) as plane:
        bind(plane, INSTALLER, "role-install.yaml")
        bind(plane, RUNNER, "role-run.yaml")
        bind(plane, RUNNER, "role-objects.yaml")
        bind(plane, RUNNER, "role-preflight.yaml")
        site = Site(plane, request.param, manifests(request.param, folder), module_bench)
        site.before = plane.everything()
        site.installed = site.install_first()
        assert site.installed.code == 0, site.installed.stderr
        yield site


def test_1_status_shows_what_stands(site: Site) -> None:
    status = site.bench("status", *site.target("admin"))
    assert status.code == 0, status.stdout
    assert "20 of 20 Ready" in status.stdout
    assert f"serves {site.version}; stores {site.version}; conversion None" in status.stdout


def test_2_a_second_install_changes_nothing(site: Site) -> None:
    before = site.plane.everything()
    again = site.install()
    assert again.code == 0, again.stderr
    after = site.plane.everything()
    assert before.keys() == after.keys()
    for key, item in before.items():
        assert item["metadata"].get("generation") == after[key]["metadata"].get("generation"), key
        assert ours(item) == ours(after[key]), key


def test_3_a_changed_field_changes_only_that(site: Site) -> None:
    before = site.plane.everything()
    assert site.install("stack.controller.claim_workers=8").code == 0
    after = site.plane.everything()
    changed = {key for key, item in after.items() if key in before and ours(item) != ours(before[key])}
    assert changed == {("Deployment", "agent-sandbox-system", "agent-sandbox-controller")}
    name = ("Deployment", "agent-sandbox-system", "agent-sandbox-controller")
    containers = [it[name]["spec"]["template"]["spec"]["containers"][0] for it in (before, after)]
    assert containers[1]["args"] == [*containers[0]["args"], "--sandbox-claim-concurrent-workers=8"]
    assert {**containers[0], "args": None} == {**containers[1], "args": None}


def test_4_the_published_role_is_enough_for_a_run_with_its_cleanup_and_no_more(site: Site) -> None:
    findings = site.bench("preflight", *site.target(RUNNER), "--rate", "5", "--duration", "4s", "--exec", "true")
    assert findings.code == 0, findings.stdout
    assert "not checked" not in findings.stdout
    settings = ("--set", "workload.capacity_back=true", "--exec", "true", "--set", "workload.exec_timeout=2s")
    done = site.bench("run", *site.target(RUNNER), "--rate", "5", "--duration", "4s", *settings, timeout=120)
    assert done.summary["outcomes"]["ready"] == 20, done.stderr
    cleaned = site.bench("cleanup", *site.target(RUNNER), "--run-id", run_id(done.out), "--namespace", "default")
    assert cleaned.code == 0, cleaned.stderr
    session = ("--set", "workload.steps=[{kind: suspend}, {kind: resume}]")
    done = site.bench("run", *site.target(RUNNER), "--rate", "1", "--duration", "3s", *session, timeout=120)
    assert [(step["attempted"], step["ok"]) for step in done.summary["steps"]] == [(3, 3)] * 2, done.stderr
    used = site.plane.used(RUNNER)
    wanted = granted("role-run.yaml") | granted("role-preflight.yaml")
    assert wanted - used <= ON_OCCASION


@pytest.mark.parametrize(("name", "kind"), [("sandbox", "sandboxes.agents.x-k8s.io"), ("pod", "pods")])
def test_4_bare_objects_become_ready_and_nothing_of_them_is_left(site: Site, name: str, kind: str) -> None:
    load = ("--rate", "2", "--duration", "4s", "--set", f"load.object={name}")
    done = site.bench("run", *site.target(RUNNER), *load, timeout=120)
    summary = done.summary
    assert summary["outcomes"]["ready"] == summary["classes"]["cold"] == 8, done.stderr
    assert not [warning for warning in summary["warnings"] if "still there" in warning], done.stderr
    until(lambda: not made(site, kind), 60, "the end of what the run made")
    out = site.bench.out()
    killed = site.bench.start("run", *site.target(RUNNER), *load, "--hold", "60s", "--out", out)
    until(lambda: len(made(site, kind)) > 2, 60, "objects of the run")
    site.bench.kill(killed)
    cleaned = site.bench("cleanup", *site.target(RUNNER), "--run-id", run_id(out), "--namespace", "default")
    assert cleaned.code == 0 and "bare Sandboxes and Pods" in cleaned.stderr, cleaned.stderr
    until(lambda: not made(site, kind), 60, "the end of what the killed run made")
    group = kind.partition(".")[2]
    used = {(verb, group, kind.partition(".")[0]) for verb in ("create", "list", "watch", "delete")}
    assert used <= granted("role-objects.yaml") & site.plane.used(RUNNER)


def made(site: Site, kind: str) -> list[str]:
    return [name for name in site.plane.names(kind) if "/asb-" in name]


def test_4_search_and_cleanup_need_no_other_right(site: Site, tmp_path: Path) -> None:
    where = site.target(RUNNER)
    words = ("--slo", "outcomes.failed==0", "--max-rate", "1", "--out", tmp_path / "search", "--quiet")
    searched = site.bench("search", *where, *ONE_PAUSE_HITS_ALL, *words, timeout=170)
    assert searched.code == 0, searched.stderr
    out = tmp_path / "killed"
    killed = site.bench.start("run", *where, "--rate", "5", "--duration", "60s", "--hold", "5s", "--out", out)
    until(lambda: (out / "claims.jsonl").exists() and len(held(site)) > 3, 30, "claims")
    site.bench.kill(killed)
    cleaned = site.bench("cleanup", *site.target(RUNNER), "--run-id", run_id(out), "--namespace", "default")
    assert cleaned.code == 0 and "Lease" in cleaned.stderr, cleaned.stderr
    until(lambda: not held(site), 30, "the end of the claims")
    assert site.plane.names("leases.coordination.k8s.io") == []


def held(site: Site) -> list[str]:
    return site.plane.names("sandboxclaims.extensions.agents.x-k8s.io")


def test_5_missing_rights_block_and_are_named(site: Site) -> None:
    blocked = site.bench("preflight", *site.target(NOBODY))
    assert blocked.code == 6
    assert "may not create sandboxclaims.extensions.agents.x-k8s.io in default" in blocked.stdout
    refused = site.install(user=NOBODY)
    assert refused.code == 1
    assert 'User "nobody" cannot' in refused.stderr


def test_6_sandboxes_that_fit_nowhere_end_in_time_with_the_reason(site: Site) -> None:
    large = ("stack.sandbox_template.cpu_request=100", "stack.sandbox_template.cpu_limit=100")
    failed = site.install(*large, "stack.sandbox_warmpool.replicas=23", "stack.wait_timeout=15s")
    assert failed.code == 1
    assert "SandboxWarmPool default/agent-sandbox is not ready after" in failed.stderr
    assert "nodes are available" in failed.stderr, failed.stderr


def test_7_a_webhook_that_is_down_is_named(site: Site) -> None:
    hook: dict[str, Any] = {
        "name": "down.example.com",
        "rules": [{"operations": ["*"], "apiGroups": ["extensions.agents.x-k8s.io"], "apiVersions": ["*"],
                   "resources": ["sandboxwarmpools", "sandboxclaims"]}],
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }  # fmt: skip
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    site.plane.apply({**kind, "metadata": {"name": "down"}, "webhooks": [hook]})
    try:
        # The API server takes a moment to take notice.
        pool = {"kind": "sandboxwarmpools.extensions.agents.x-k8s.io", "name": "agent-sandbox"}
        until(lambda: not site.plane.accepts_a_change(**pool), 30, "a refusal by the webhook")
        assert "the webhook down.example.com" in site.bench("preflight", *site.target(RUNNER)).stdout
        failed = site.install("stack.sandbox_warmpool.replicas=21")
        assert failed.code == 1
        assert "down.example.com" in failed.stderr
    finally:
        site.plane.kubectl("delete", "validatingwebhookconfiguration", "down")


def test_8_uninstall_leaves_the_cluster_as_it_was_with_no_right_unused(site: Site) -> None:
    group = "extensions.agents.x-k8s.io"
    reference = {"name": "agent-sandbox"}
    spec = {"warmPoolRef": reference} if site.version == "v1beta1" else {"sandboxTemplateRef": reference}
    labels = {"app.kubernetes.io/managed-by": "agent-sandbox-bench"}
    meta = {"name": "left-behind", "namespace": "default", "labels": labels}
    site.plane.apply({"apiVersion": f"{group}/{site.version}", "kind": "SandboxClaim", "metadata": meta, "spec": spec})
    removed = site.bench("uninstall", *site.target(INSTALLER), "--output", "json", timeout=300)
    assert removed.code == 0, removed.stderr
    assert json.loads(removed.stdout)["kept"] == []
    site.plane.stop_controller()
    after = site.plane.everything()
    assert after.keys() - {("ConfigMap", "agent-sandbox-system", "kube-root-ca.crt")} == site.before.keys()
    for key, item in site.before.items():
        for part in ("labels", "annotations"):
            assert (item["metadata"].get(part) or None) == (after[key]["metadata"].get(part) or None), key
        assert item.get("spec") == after[key].get("spec"), key
    unused = granted("role-install.yaml") - site.plane.used(INSTALLER) - NEVER_REQUESTED
    if site.release != "v0.5.6":  # the others have no Role, and no RoleBinding
        unused = {it for it in unused if it[2] not in ("roles", "rolebindings")}
    assert not unused
