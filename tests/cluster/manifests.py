"""The objects that a test cluster holds: agent-sandbox's own, fake nodes, a template and its warm pool."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from cluster.build import module_folder

Object = dict[str, Any]

PAUSE = "registry.k8s.io/pause:3.10"
MARK = {"app.kubernetes.io/part-of": "agent-sandbox-bench-tests"}
WEBHOOK: dict[str, str] = {
    "Service": "agent-sandbox-webhook-service",
    "Role": "agent-sandbox-controller",
    "RoleBinding": "agent-sandbox-controller",
}
"""What only the conversion webhook needs, by kind."""
RIGHTS = ("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


def read(files: Iterable[Path]) -> list[Object]:
    """The objects of YAML files."""
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def sandbox_folder(group: str) -> Path:
    """The k8s/ folder of the agent-sandbox module that `group` pins."""
    return module_folder(group, "sigs.k8s.io/agent-sandbox") / "k8s"


def sandbox_crds(group: str) -> list[Object]:
    """agent-sandbox's CRDs, so that they work with a controller outside the cluster.

    Out there it serves no conversion webhook: only the stored version can be served.
    """
    crds = read(sorted((sandbox_folder(group) / "crds").glob("*.yaml")))
    for crd in crds:
        crd["spec"].pop("conversion", None)
        for version in crd["spec"]["versions"]:
            version["served"] = version["storage"]
    return crds


def second_line(folder: Path) -> Path:
    """Manifests of the shape of v1.0, made in `folder`: the pinned ones without the older API and its webhook.

    The controller of v1.0 cannot be had as a Go module; that of the pinned release takes its CRDs.
    """
    source = sandbox_folder("agent-sandbox")
    made = folder / "k8s"
    (made / "crds").mkdir(parents=True)
    kustomization = source / "kustomization.yaml"
    for file in {*source.glob("*.yaml"), *source.glob("crds/*.yaml")} - {kustomization}:
        kept = [item for item in read([file]) if item["metadata"]["name"] != WEBHOOK.get(item["kind"])]
        (made / file.relative_to(source)).write_text(yaml.safe_dump_all(map(second_object, kept)))
    shutil.copyfile(kustomization, made / kustomization.name)
    return made


def second_object(item: Object) -> Object:
    """An object as v1.0 has it."""
    spec = item.get("spec", {})
    if item["kind"] == "CustomResourceDefinition":
        spec.pop("conversion")
        spec["versions"] = [version for version in spec["versions"] if version["storage"]]
        fields = spec["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
        fields.get("status", {}).get("properties", {}).pop("observedGeneration", None)
    if item["kind"] == "Deployment":
        for container in spec["template"]["spec"]["containers"]:
            container["ports"] = [port for port in container["ports"] if port["name"] != "webhook"]
    if item["kind"] == "ClusterRole":
        item["rules"] = [rule for rule in item["rules"] if "apiextensions.k8s.io" not in rule["apiGroups"]]
    return item


def sandbox_rights(group: str) -> list[Object]:
    """The controller's namespace, account and roles, as its release ships them; no Deployment, no Service."""
    objects = read(sorted(sandbox_folder(group).glob("*.yaml")))
    return [item for item in objects if item["kind"] in RIGHTS]


def fake_nodes(count: int, pods: int = 250) -> list[Object]:
    """Nodes that KWOK plays, each with room for `pods`."""
    room = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": str(pods)}
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"fake-{index:03d}",
                "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"type": "kwok", "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
            },
            "status": {"allocatable": room, "capacity": room},
        }
        for index in range(count)
    ]


def kwok_stages() -> str:
    """How KWOK plays nodes and pods: at once. Only for objects on nodes that KWOK manages."""
    stage = module_folder("kwok", "sigs.k8s.io/kwok") / "kustomize" / "stage"
    folders = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
    files = [file for folder in folders for file in sorted((stage / folder).glob("*.yaml"))]
    return "\n---\n".join(file.read_text() for file in files if file.name != "kustomization.yaml")


def template_and_pool(
    api: str, name: str, namespace: str, replicas: int, pod: Mapping[str, Any] | None = None
) -> list[Object]:
    """A SandboxTemplate and the SandboxWarmPool that keeps `replicas` of it; `pod` is the pod's spec."""
    spec = pod or {"containers": [{"name": "sandbox", "image": PAUSE}]}
    group = f"extensions.agents.x-k8s.io/{api}"
    meta = {"name": name, "namespace": namespace, "labels": MARK}
    template = {"podTemplate": {"spec": {"automountServiceAccountToken": False, **spec}}}
    pool = {"replicas": replicas, "sandboxTemplateRef": {"name": name}}
    return [
        {"apiVersion": group, "kind": "SandboxTemplate", "metadata": meta, "spec": template},
        {"apiVersion": group, "kind": "SandboxWarmPool", "metadata": meta, "spec": pool},
    ]


def claim(api: str, name: str, namespace: str, pool: str) -> Object:
    """A SandboxClaim on a warm pool, whose template has the same name."""
    reference = {"name": pool}
    spec = {"warmPoolRef": reference} if api != "v1alpha1" else {"sandboxTemplateRef": reference, "warmpool": pool}
    return {
        "apiVersion": f"extensions.agents.x-k8s.io/{api}",
        "kind": "SandboxClaim",
        "metadata": {"name": name, "namespace": namespace, "labels": MARK},
        "spec": spec,
    }
