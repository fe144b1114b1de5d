"""The rights that this project publishes."""

from __future__ import annotations

from pathlib import Path

import yaml
from cluster.client import Cluster

DATA = Path(__file__).resolve().parents[2] / "data"
GROUP = "rbac.authorization.k8s.io"


def bind(cluster: Cluster, user: str, file: str) -> None:
    """Gives a user the published role of that file, and no other; a Role in the namespace `default`."""
    role = yaml.safe_load((DATA / file).read_text())
    kind, name = role["kind"], role["metadata"]["name"]
    here = {"namespace": "default"} if kind == "Role" else {}
    role["metadata"] |= here
    binding = {
        "apiVersion": f"{GROUP}/v1",
        "kind": f"{kind}Binding",
        "metadata": {"name": name, **here},
        "subjects": [{"kind": "User", "name": user, "apiGroup": GROUP}],
        "roleRef": {"kind": kind, "name": name, "apiGroup": GROUP},
    }
    cluster.apply(role, binding)
