"""A real control plane to install on: its controller runs beside the cluster, as the Deployment on a fake node does not
run, and every request of the accounts under test is written down."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from cluster.client import KubectlError
from cluster.control_plane import RELEASES, ControlPlane
from cluster.manifests import sandbox_folder, second_line
from cluster.process import Process
from cluster.rights import DATA

Object = dict[str, Any]
Permission = tuple[str, str, str]
"""Verb, API group, resource with its subresource."""

TRANSIENT = ("events", "events.events.k8s.io", "leases.coordination.k8s.io", "componentstatuses")


class AuditedControlPlane(ControlPlane):
    """A control plane without agent-sandbox that logs what its further users ask for."""

    def __init__(self, users: Sequence[str] = ()) -> None:
        super().__init__(nodes=5, release=None, users=dict.fromkeys(users, ()))

    def run(self, process: Process) -> None:
        """Adds the audit log to the API server."""
        if process.name == "kube-apiserver":
            rules = [{"level": "Metadata", "users": list(self.users)}] if self.users else []
            policy = {
                "apiVersion": "audit.k8s.io/v1",
                "kind": "Policy",
                "omitStages": ["RequestReceived", "ResponseStarted"],
                "rules": [*rules, {"level": "None"}],
            }
            file = self.folder / "audit.yaml"
            file.write_text(yaml.safe_dump(policy))
            process.command += [f"--audit-policy-file={file}", f"--audit-log-path={self.folder / 'audit.log'}"]
        super().run(process)

    def used(self, user: str) -> set[Permission]:
        """The rights a user has made use of. To apply what is not there takes the right to create as well."""
        permissions = set()
        for line in (self.folder / "audit.log").read_text().splitlines():
            event = json.loads(line)
            at, code = event.get("objectRef"), event.get("responseStatus", {}).get("code")
            if event["user"]["username"] != user or not at or code == 403:
                continue
            resource = "/".join(filter(None, [at["resource"], at.get("subresource")]))
            verbs = [event["verb"], "create"] if event["verb"] == "patch" and code == 201 else [event["verb"]]
            permissions |= {(verb, at.get("apiGroup", ""), resource) for verb in verbs}
        return permissions

    def everything(self) -> dict[tuple[str, str, str], Object]:
        """Every object by kind, namespace and name, but those that come and go by themselves."""
        kinds = self.kubectl("api-resources", "--verbs=list", "-o", "name").split()
        wanted = ",".join(kind for kind in kinds if kind not in TRANSIENT)
        items = json.loads(self.kubectl("get", wanted, "-A", "-o", "json", "--show-managed-fields=true"))["items"]
        return {(it["kind"], it["metadata"].get("namespace", ""), it["metadata"]["name"]): it for it in items}

    def has_deployment(self) -> bool:
        """Whether the controller's Deployment has been applied: the CRDs and the rights are there then."""
        try:
            self.kubectl("get", "deployment/agent-sandbox-controller", "-n", "agent-sandbox-system")
        except KubectlError:
            return False
        return True

    def accepts_a_change(self, kind: str, name: str) -> bool:
        """Whether an object may be labelled; it is not."""
        try:
            self.kubectl("label", kind, name, "probe=1", "--overwrite", "--dry-run=server")
        except KubectlError:
            return False
        return True


def granted(file: str) -> set[Permission]:
    """The rights of a published role."""
    rules = yaml.safe_load((DATA / file).read_text())["rules"]
    return {
        (verb, group, resource)
        for rule in rules
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def manifests(release: str, folder: Path) -> Path:
    """A release's manifests, its CRDs fit for a controller outside the cluster: only the stored version is served."""
    folder.mkdir(exist_ok=True)
    source = sandbox_folder(RELEASES[release].group)
    shutil.copytree(source.parent / "cmd", folder / "cmd")
    if release == "v1.0":
        return second_line(folder)
    shutil.copytree(source, folder / "k8s")
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    for file in (folder / "k8s" / "crds").glob("*.yaml"):
        crd = yaml.safe_load(file.read_text())
        crd["spec"].pop("conversion", None)
        for version in crd["spec"]["versions"]:
            version["served"] = version["storage"]
        file.write_text(yaml.safe_dump(crd))
    return folder / "k8s"


def ours(item: Mapping[str, Any]) -> list[Any]:
    """Our entry in an object's managedFields."""
    return [it for it in item["metadata"].get("managedFields", []) if it["manager"] == "agent-sandbox-bench"]
