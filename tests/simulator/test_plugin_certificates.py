"""Certificates that a credential plugin gives: a new one is shown by new connections, and no old connection is used."""

from __future__ import annotations

import json
import select
import shutil
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from support.bench import Bench
from support.certificates import certificates
from support.proxy import Proxy
from support.simulator import serving
from support.validity import ONE_PAUSE_HITS_ALL

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl makes certificates")
REFUSAL = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"


class Front(Proxy):
    """Asks for a client certificate, and refuses `first` once it has created `limit` claims."""

    def __init__(self, kubeconfig: Path, folder: Path, limit: int) -> None:
        super().__init__(kubeconfig)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "front.pem", folder / "front.key")
        self.context.load_verify_locations(folder / "authority.pem")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.limit = limit
        self.created = {"first": 0, "second": 0}
        self.refused = 0

    def serve(self, near: socket.socket) -> None:
        """Passes on in both directions what is not refused."""
        far = socket.create_connection((self.address.hostname, self.address.port))
        with far, suppress(OSError), self.context.wrap_socket(near, server_side=True) as client:
            subject = (client.getpeercert() or {})["subject"]
            name = str(subject[0][0][1])
            while True:
                ends = [client] if client.pending() else select.select([client, far], [], [])[0]
                for end in ends:
                    data = end.recv(65536)
                    if not data:
                        return
                    self.pass_one(name, data, client, far if end is client else None)

    def pass_one(self, name: str, data: bytes, client: ssl.SSLSocket, server: socket.socket | None) -> None:
        """To `server`, or from it where that is None."""
        if server is None:
            client.sendall(data)
        elif name == "first" and self.created["first"] >= self.limit:
            self.refused += 1
            client.sendall(REFUSAL)
        else:
            self.created[name] += data.startswith(b"POST") and b"/sandboxclaims" in data.split(b"\r\n", 1)[0]
            server.sendall(data)


def with_plugin(front: Front, folder: Path, token: str) -> Path:
    """A kubeconfig that leads to `front`, whose plugin gives `first` at its first run and `second` at the others."""
    for name in ("first", "second"):
        files = [folder.joinpath(f"{name}.{end}").read_text() for end in ("pem", "key")]
        status = dict(zip(("clientCertificateData", "clientKeyData"), files, strict=True), token=token)
        said = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status}
        folder.joinpath(f"{name}.json").write_text(json.dumps(said))
    plugin = folder / "plugin"
    plugin.write_text('#!/bin/sh\ncd "$(dirname "$0")"\nif mkdir run; then cat first.json; else cat second.json; fi\n')
    plugin.chmod(0o755)
    path = front.kubeconfig(folder / "kubeconfig")
    document = yaml.safe_load(path.read_text())
    authority = {"certificate-authority": "authority.pem", "server": f"https://127.0.0.1:{front.port}"}
    document["clusters"][0]["cluster"] = authority
    how = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "interactiveMode": "Never"}
    document["users"][0]["user"] = {"exec": how}
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.mark.parametrize("limit", [1, 7])
def test_a_refused_certificate_is_replaced_within_the_run(bench: Bench, tmp_path: Path, limit: int) -> None:
    certificates(tmp_path, "front", "first", "second")
    with serving(bench) as served:
        token = yaml.safe_load(served.kubeconfig.read_text())["users"][0]["user"]["token"]
        with Front(served.kubeconfig, tmp_path, limit) as front:
            kubeconfig = with_plugin(front, tmp_path, token)
            load = ("--rate", "10", "--total", "20", "--exec", "echo ready", *ONE_PAUSE_HITS_ALL)
            done = bench("run", "--kubeconfig", kubeconfig, *load, timeout=120)
    assert done.code == 0 and done.summary["outcomes"]["ready"] == 20, done.stderr
    assert done.summary["exec"]["ok"] == 20, done.summary["exec"]
    # Requests that were on their way meanwhile may be refused too.
    assert front.created["first"] in range(limit, limit + 3) and sum(front.created.values()) == 20, front.created
    assert 1 <= front.refused <= 20, "no connection of the first certificate is used after the second is known"


def test_a_certificate_that_cannot_be_used_is_named(bench: Bench, tmp_path: Path) -> None:
    certificates(tmp_path, "front", "first", "second")
    shutil.copy(tmp_path / "second.key", tmp_path / "first.key")
    with serving(bench) as served, Front(served.kubeconfig, tmp_path, 100) as front:
        done = bench("run", "--kubeconfig", with_plugin(front, tmp_path, "t"), "--rate", "10", "--total", "1")
    assert done.code == 1 and "not of one pair" in done.stderr and "PRIVATE" not in done.stderr, done.stderr
