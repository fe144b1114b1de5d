"""Upstream's own ways to install, with kubectl, on the simulator: its Helm chart and its kustomization, both twice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from cluster.build import build
from support.kubectl import WITHOUT_KUBECTL, Kubectl

from stack.conftest import Empty

pytestmark = WITHOUT_KUBECTL

STACK = """
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
metadata: {name: small, namespace: default}
spec: {podTemplate: {spec: {containers: [{name: sandbox, image: "registry.k8s.io/pause:3.10"}]}}}
---
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxWarmPool
metadata: {name: small, namespace: default}
spec: {replicas: 3, sandboxTemplateRef: {name: small}}
---
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxClaim
metadata: {name: one, namespace: default}
spec: {warmPoolRef: {name: small}}
"""


def versions(cluster: Empty) -> dict[Any, str]:
    """The resource version of every object that no controller writes to by itself."""
    everything = cluster.everything()
    return {key: item["metadata"]["resourceVersion"] for key, item in everything.items()}


def check_serves_claims(kubectl: Kubectl) -> None:
    """A pool fills and a claim becomes Ready: the controller is taken for installed."""
    kubectl("rollout", "status", "deployment/agent-sandbox-controller", "-n", "agent-sandbox-system", "--timeout=20s")
    kubectl("apply", "--server-side", "-f", "-", stdin=STACK)
    kubectl("wait", "--for=condition=Ready", "sandboxclaim/one", "--timeout=20s")
    assert "warmPoolRef" in kubectl("explain", "sandboxclaim.spec")


def test_the_kustomization_applied_server_side_twice(simulator: Callable[..., Empty], manifests: Path) -> None:
    cluster = simulator()
    kubectl = Kubectl(cluster.kubeconfig)
    rendered = kubectl("kustomize", manifests)
    first = kubectl("apply", "--server-side", "-f", "-", stdin=rendered)
    assert first.count("serverside-applied") == len(list(yaml.safe_load_all(rendered)))
    kubectl("rollout", "status", "deployment/agent-sandbox-controller", "-n", "agent-sandbox-system", "--timeout=20s")
    before = versions(cluster)
    assert kubectl("apply", "--server-side", "-f", "-", stdin=rendered) == first
    assert versions(cluster) == before
    check_serves_claims(kubectl)


def test_the_chart_applied_twice(simulator: Callable[..., Empty], manifests: Path, tmp_path: Path) -> None:
    chart = manifests.parent / "helm"
    settings = ("--set", "image.tag=v0.5.6", "--set", "controller.extensions=true")
    command: list[str | Path] = [
        build(["helm"])["helm"],
        "template",
        "agent-sandbox",
        chart,
        "--include-crds",
        *settings,
    ]
    environment = {**os.environ, "HOME": str(tmp_path)}
    render = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert render.returncode == 0, render.stderr
    cluster = simulator()
    kubectl = Kubectl(cluster.kubeconfig)
    first = kubectl("apply", "-f", "-", stdin=render.stdout).splitlines()
    assert len(first) > 14 and all(line.endswith(" created") for line in first)
    kubectl("rollout", "status", "deployment/agent-sandbox-controller", "-n", "agent-sandbox-system", "--timeout=20s")
    before = versions(cluster)
    again = kubectl("apply", "-f", "-", stdin=render.stdout).splitlines()
    assert all(line.endswith(" unchanged") for line in again), again
    assert versions(cluster) == before
    check_serves_claims(kubectl)
