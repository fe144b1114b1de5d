"""Kubeconfigs as people have them, against a simulator that serves TLS and wants a token."""

from __future__ import annotations

import base64
import contextlib
import json
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bench import Bench, Finished
from support.certificates import certificates
from support.checks import check_refused
from support.simulator import serving
from support.validity import ONE_PAUSE_HITS_ALL

RUN = ("--rate", "50", "--total", "10", *ONE_PAUSE_HITS_ALL)


class Kubeconfig:
    """The simulator's kubeconfig, to be bent into other shapes."""

    def __init__(self, bench: Bench, folder: Path, document: dict[str, Any]) -> None:
        self.bench = bench
        self.folder = folder
        self.token: str = document["users"][0]["user"]["token"]
        self.cluster: dict[str, Any] = document["clusters"][0]["cluster"]
        self.user: dict[str, Any] = {"token": self.token}

    @property
    def port(self) -> int:
        """Where the simulator listens."""
        return int(self.cluster["server"].rsplit(":", 1)[1])

    def write(self, name: str = "kubeconfig", **more: Any) -> Path:
        """Writes it, 0600."""
        contexts = [{"name": "here", "context": {"cluster": "c", "user": "u"}}]
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": contexts,
            "clusters": [{"name": "c", "cluster": self.cluster}],
            "users": [{"name": "u", "user": self.user}],
            **more,
        }
        path = self.folder / name
        path.write_text(json.dumps(document))  # which quotes a token that looks like a number
        path.chmod(0o600)
        return path

    def run(self, *arguments: object, **more: Any) -> Finished:
        """A short run with it; whatever happens, the token is told to nobody."""
        done = self.bench("run", "--kubeconfig", self.write(**more), *RUN, *arguments, timeout=30)
        said = done.stdout + done.stderr
        if done.out.exists():
            said += "".join(path.read_text(errors="replace") for path in done.out.iterdir())
        assert self.token not in said
        return done


@pytest.fixture
def kubeconfig(bench: Bench, tmp_path: Path) -> Iterator[Kubeconfig]:
    with serving(bench, {"simulator.tls": True}) as served:
        yield Kubeconfig(bench, tmp_path, yaml.safe_load(served.kubeconfig.read_text()))


def assert_ready(done: Finished) -> None:
    assert done.code == 0, done.stderr
    assert done.summary["outcomes"]["ready"] == 10


def test_token(kubeconfig: Kubeconfig) -> None:
    assert_ready(kubeconfig.run())


def test_token_file(kubeconfig: Kubeconfig) -> None:
    kubeconfig.folder.joinpath("token").write_text(kubeconfig.token + "\n")
    kubeconfig.user = {"tokenFile": "token"}
    assert_ready(kubeconfig.run())


def test_token_file_that_is_not_there(kubeconfig: Kubeconfig) -> None:
    kubeconfig.user = {"tokenFile": "absent-token"}
    check_refused(kubeconfig.run(), 1, "absent-token")


PLUGIN = """#!/bin/sh
test -n "$KUBERNETES_EXEC_INFO" || exit 9
printf '%s' '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1$TAIL"'"}}'
"""


def write_plugin(kubeconfig: Kubeconfig, text: str) -> None:
    folder = kubeconfig.folder / "bin"
    folder.mkdir()
    plugin = folder / "plugin"
    plugin.write_text(text)
    plugin.chmod(0o755)
    half = len(kubeconfig.token) // 2
    kubeconfig.user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "./bin/plugin",
            "args": [kubeconfig.token[:half]],
            "env": [{"name": "TAIL", "value": kubeconfig.token[half:]}],
            "interactiveMode": "Never",
        }
    }


def test_exec_plugin_beside_the_kubeconfig(kubeconfig: Kubeconfig, tmp_path_factory: pytest.TempPathFactory) -> None:
    write_plugin(kubeconfig, PLUGIN)
    # client-go finds a relative plugin beside the kubeconfig, whatever the working directory is.
    kubeconfig.bench = Bench(tmp_path_factory.mktemp("elsewhere"))
    assert_ready(kubeconfig.run())


def test_a_failing_exec_plugin_keeps_its_secrets(kubeconfig: Kubeconfig) -> None:
    write_plugin(kubeconfig, '#!/bin/sh\necho "$1$TAIL"\necho "$1$TAIL" >&2\nexit 3\n')
    half = len(kubeconfig.token) // 2
    done = kubeconfig.run()
    check_refused(done, 1, "credential plugin failed", "3")
    assert kubeconfig.token[:half] not in done.stderr, "nor half of it"


def test_private_authority_from_a_file(kubeconfig: Kubeconfig) -> None:
    authority = base64.b64decode(kubeconfig.cluster.pop("certificate-authority-data"))
    kubeconfig.folder.joinpath("authority.pem").write_bytes(authority)
    kubeconfig.cluster["certificate-authority"] = "authority.pem"
    assert_ready(kubeconfig.run())


def test_an_unknown_authority_is_refused(kubeconfig: Kubeconfig) -> None:
    del kubeconfig.cluster["certificate-authority-data"]
    check_refused(kubeconfig.run(), 1, "certificate", "check that")


def test_insecure_only_where_the_kubeconfig_says_so(kubeconfig: Kubeconfig) -> None:
    del kubeconfig.cluster["certificate-authority-data"]
    kubeconfig.cluster["insecure-skip-tls-verify"] = True
    done = kubeconfig.run()
    assert_ready(done)
    assert any("insecure" in warning for warning in done.summary["warnings"])


def test_a_refused_token(kubeconfig: Kubeconfig) -> None:
    kubeconfig.user = {"token": "expired"}
    check_refused(kubeconfig.run(), 1, "401", "renew")


def test_several_contexts(kubeconfig: Kubeconfig) -> None:
    contexts = [
        {"name": "nowhere", "context": {"cluster": "gone", "user": "u"}},
        {"name": "here", "context": {"cluster": "c", "user": "u"}},
    ]
    clusters = [
        {"name": "gone", "cluster": {"server": "https://127.0.0.1:1"}},
        {"name": "c", "cluster": kubeconfig.cluster},
    ]
    several = {"contexts": contexts, "clusters": clusters, "current-context": "nowhere"}
    check_refused(kubeconfig.run(**several), 1, "127.0.0.1:1", "cannot reach")
    assert_ready(kubeconfig.run("--context", "here", **several))
    check_refused(kubeconfig.run("--context", "absent", **several), 2, "absent", "here, nowhere")


def test_context_alone_reads_the_usual_kubeconfig(kubeconfig: Kubeconfig) -> None:
    path = kubeconfig.write()
    done = kubeconfig.bench("run", "--context", "here", *RUN, env={"KUBECONFIG": str(path)})
    assert_ready(done)


def test_what_is_no_kubeconfig_is_not_quoted(kubeconfig: Kubeconfig) -> None:
    path = kubeconfig.folder / "broken"
    path.write_text(f"users: [{kubeconfig.token}: : :\n")
    done = kubeconfig.bench("run", "--kubeconfig", path, *RUN)
    check_refused(done, 1, str(path))
    assert kubeconfig.token not in done.stderr


class Tunnel:
    """An HTTP proxy that knows CONNECT and counts."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.requests: list[str] = []
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://user:pa%40ss@127.0.0.1:{self.server.getsockname()[1]}"

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        # A run that is over resets what it no longer reads, and may never have used what it opened.
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                part = client.recv(4096)
                if not part:
                    return
                head += part
            self.requests.append(head.decode())
            host, port = head.split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                self.pass_on({client: server, server: client})

    def pass_on(self, pairs: dict[socket.socket, socket.socket]) -> None:
        while True:
            for ready in select.select(list(pairs), [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                pairs[ready].sendall(data)


def test_proxy(kubeconfig: Kubeconfig) -> None:
    tunnel = Tunnel()
    kubeconfig.cluster["proxy-url"] = tunnel.url
    assert_ready(kubeconfig.run())
    credentials = base64.b64encode(b"user:pa@ss").decode()
    assert len(tunnel.requests) > 2 and all(credentials in request for request in tunnel.requests)


def offered_certificate(kubeconfig: Kubeconfig) -> object:
    """What a server that demands a client certificate is shown on the first connection; None where it is shown none."""
    folder = kubeconfig.folder
    certificates(folder, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "127.0.0.1.pem", folder / "127.0.0.1.key")
    context.load_verify_locations(folder / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    shown: list[object] = []

    def serve(server: socket.socket) -> None:
        raw, _ = server.accept()
        try:
            with context.wrap_socket(raw, server_side=True) as client:
                shown.append(client.getpeercert())
        except OSError:  # an SSLError is one
            raw.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
        kubeconfig.cluster = {"server": address, "certificate-authority": "authority.pem"}
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        check_refused(kubeconfig.run(), 1, "cannot reach")
        thread.join()
    return shown[0] if shown else None


def test_client_certificate(kubeconfig: Kubeconfig) -> None:
    kubeconfig.user["client-certificate"] = "127.0.0.1.pem"
    kubeconfig.user["client-key"] = "127.0.0.1.key"
    certificate = offered_certificate(kubeconfig)
    assert isinstance(certificate, dict) and certificate["subject"] == ((("commonName", "127.0.0.1"),),)


def test_without_a_client_certificate_none_is_shown(kubeconfig: Kubeconfig) -> None:
    assert offered_certificate(kubeconfig) is None


def test_a_key_on_a_curve_that_cannot_be_used_is_named(kubeconfig: Kubeconfig) -> None:
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521", "-nodes", "-subj", "/CN=u"]
    files = ["-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run(["openssl", *words, *files], cwd=kubeconfig.folder, check=True, capture_output=True)
    kubeconfig.user.update({"client-certificate": "certificate.pem", "client-key": "key.pem"})
    check_refused(kubeconfig.run(), 1, "client-key", "P-521", "P-256")


COMMANDS = (
    "run",
    "search --quiet --slo warm_fraction>=0.5",
    "preflight",
    "install",
    "uninstall",
    "status",
    "cleanup --all-runs",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_target_that_is_not_there_is_bad_input(bench: Bench, kubeconfig: Kubeconfig, command: str) -> None:
    absent = bench(*command.split(), "--kubeconfig", "absent")
    assert absent.code == 2, absent.stderr
    assert absent.stderr.startswith("error: kubeconfig absent: there is no such file")
    path = kubeconfig.write()
    unknown = bench(*command.split(), "--kubeconfig", path, "--context", "hre")
    assert unknown.code == 2
    said = f'error: kubeconfig {path}: context: got "hre", allowed: here; did you mean here?\n'
    assert unknown.stderr == said and not unknown.out.exists()
