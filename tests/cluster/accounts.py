"""Who may talk to the test API server: certificates, tokens and the kubeconfig files that hold them."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from cluster.build import build

MASTERS = ("system:masters",)
CONTROLLER = "system:serviceaccount:agent-sandbox-system:agent-sandbox-controller"
NOBODY = "nobody"
OURS: Mapping[str, Iterable[str]] = {
    "admin": MASTERS,
    "controller-manager": MASTERS,
    "scheduler": MASTERS,
    "kwok": MASTERS,
    NOBODY: (),
    # The account its Deployment would give it: with only the rights that its release ships.
    CONTROLLER: ("system:serviceaccounts", "system:serviceaccounts:agent-sandbox-system"),
}


class Accounts:
    """The users of one API server, in a folder that only their owner reads."""

    def __init__(self, folder: Path, server: str, hosts: Iterable[str], users: Mapping[str, Iterable[str]]) -> None:
        self.folder = folder
        self.server = server
        folder.mkdir(mode=0o700)
        command = build(["certificates"])["certificates"]
        subprocess.run([command, folder, *hosts], check=True, stdin=subprocess.DEVNULL)
        self.tokens = {name: secrets.token_hex(16) for name in {**OURS, **users}}
        groups = {**OURS, **users}
        lines = [f'{self.tokens[name]},{name},{name},"{",".join(groups[name])}"\n' for name in self.tokens]
        self._write("tokens.csv", "".join(lines))

    def file(self, name: str) -> Path:
        """One of ca.crt, server.crt, server.key, admin.crt, admin.key, service-account.key, tokens.csv."""
        return self.folder / name

    def kubeconfig(self, user: str) -> Path:
        """A kubeconfig file with the token of a user."""
        return self.kubeconfig_with(user.replace(":", "-"), {"token": self.tokens[user]})

    def certificate_kubeconfig(self) -> Path:
        """A kubeconfig file with the administrator's client certificate."""
        pair = {"client-certificate-data": "admin.crt", "client-key-data": "admin.key"}
        return self.kubeconfig_with("certificate", {key: self._encoded(name) for key, name in pair.items()})

    def kubeconfig_with(self, name: str, user: Mapping[str, Any], server: str | None = None) -> Path:
        """A kubeconfig file of that name: `user` as kubeconfig's user, `server` if not this API server's address."""
        cluster = {"server": server or self.server, "certificate-authority-data": self._encoded("ca.crt")}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": name, "user": dict(user)}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
            "current-context": "test",
        }
        return self._write(f"{name}.kubeconfig", yaml.safe_dump(config))

    def _encoded(self, name: str) -> str:
        return base64.b64encode(self.file(name).read_bytes()).decode()

    def _write(self, name: str, text: str) -> Path:
        path, beside = self.folder / name, self.folder / f"{name}.part"
        beside.touch(mode=0o600)
        beside.write_text(text)
        # Whole or not at all: a program that was started with the file may be reading it.
        return beside.replace(path)
