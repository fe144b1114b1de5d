"""The stack on a real node: upstream's Deployment, unmodified but for our settings, runs in the cluster; sandboxes run
under gVisor."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cluster.control_plane import RELEASES
from cluster.manifests import sandbox_folder
from node.real_node import CannotError, RealNode
from support.bench import Bench, Finished
from support.validity import ONE_PAUSE_HITS_ALL
from support.waiting import until

pytestmark = [pytest.mark.timeout(400)]  # the waits for the stack, and then some


@dataclass
class Site:
    """A real node and the command."""

    node: RealNode
    bench: Bench

    def install(self, *settings: str) -> Finished:
        """Installs the release's manifests as they are."""
        images = [image.name for image in self.node.own_images()]
        standard = (
            f"stack.manifest_ref={sandbox_folder(RELEASES[self.node.image_release].group)}",
            f"stack.controller.image={images[-1]}",
            f"stack.sandbox_template.image={images[1]}",
            "stack.sandbox_warmpool.replicas=4",
            "stack.wait_timeout=60s",
        )
        words = [word for setting in (*standard, *settings) for word in ("--set", setting)]
        return self.bench("install", *self.node.target, *words, timeout=200)


@pytest.fixture(scope="module")
def site(module_bench: Bench) -> Iterator[Site]:
    """A fresh node without a stack."""
    try:
        with RealNode() as node:
            yield Site(node, module_bench)
    except CannotError as error:
        pytest.skip(str(error))


def test_1_a_missing_runtime_class_is_named_with_those_that_are_there(site: Site) -> None:
    failed = site.install("stack.sandbox_template.runtime_class=kata")
    assert failed.code == 1
    assert 'runtimeclasses.node.k8s.io "kata" is missing; the cluster has: gvisor' in failed.stderr


def test_2_a_wrong_image_ends_in_time_with_the_kubelets_reason(site: Site) -> None:
    failed = site.install("stack.controller.image=registry.invalid/controller:wrong")
    assert failed.code == 1
    assert "Deployment agent-sandbox-system/agent-sandbox-controller is not ready after" in failed.stderr
    assert "registry.invalid/controller:wrong" in failed.stderr
    assert "ErrImagePull" in failed.stderr or "ImagePullBackOff" in failed.stderr, failed.stderr
    assert site.bench("uninstall", *site.node.target, timeout=200).code == 0


def test_2_a_flag_that_the_controller_does_not_know_is_named_at_once(site: Site) -> None:
    start = time.monotonic()
    failed = site.install("stack.controller.args=[--no-such-flag=1]", "stack.gvisor=none")
    assert failed.code == 1
    assert "flag provided but not defined: -no-such-flag" in failed.stderr, failed.stderr
    assert time.monotonic() - start < 30
    assert site.bench("uninstall", *site.node.target, timeout=200).code == 0


def test_3_a_pool_under_gvisor_serves_warm_claims_that_run_commands(site: Site) -> None:
    installed = site.install("stack.wait_timeout=150s")
    assert installed.code == 0, installed.stderr
    status = site.bench("status", *site.node.target)
    assert status.code == 0, status.stdout
    assert "4 of 4 Ready" in status.stdout
    run = site.bench("run", *site.node.target, "--rate", "1", "--duration", "4s", "--exec", "echo hello", timeout=120)
    assert run.summary["outcomes"]["ready"] == 4, run.stderr
    assert run.summary["classes"]["warm"] == 4
    assert run.summary["latency_s"]["time_to_first_exec"]["count"] == 4
    # The controller's Service is reached through the API server, and it counted the same claims.
    assert run.summary["controller_metrics"]["creations"] == {"warm": 4}
    assert not [warning for warning in run.summary["warnings"] if "the controller" in warning]


@pytest.mark.parametrize(("shell", "reason"), [("echo hello", None), ('"false"', "execute_exit_1")])
def test_4_the_runtime_executes_what_is_sent_from_inside(site: Site, shell: str, reason: str | None) -> None:
    until(lambda: site.bench("status", *site.node.target).code == 0, 60, "a full pool")
    out = site.bench.out()
    load = ("--rate", "1", "--total", "2", "--set", f"workload.execute={shell}", "--out", str(out), *ONE_PAUSE_HITS_ALL)
    site.node.machine.call(site.bench.command, "run", *map(str, site.node.target), *load)
    claims = [json.loads(line) for line in (out / "claims.jsonl").read_text().splitlines()]
    assert [claim["outcome"] for claim in claims] == ["ready", "ready"]
    assert [claim["reason"] for claim in claims] == [reason, reason]
    assert all(claim["first_exec_ns"] > claim["ready_ns"] for claim in claims)


def test_5_uninstall_takes_it_away(site: Site) -> None:
    removed = site.bench("uninstall", *site.node.target, timeout=200)
    assert removed.code == 0, removed.stderr
    assert not site.node.names("crd")
    assert "sandbox.gke.io/runtime" not in site.node.kubectl("get", "nodes", "--show-labels")
