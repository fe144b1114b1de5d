"""Sixty kubeconfigs: what kubectl takes is taken, and what it refuses is refused. Both are asked."""

from __future__ import annotations

import base64
import copy
import json
import os
import random
import shutil
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.bench import Bench
from support.kubectl import WITHOUT_KUBECTL
from support.simulator import serving

Document = dict[str, Any]
Change = Callable[["Table"], object]


WRONG = "wrong"
CAMPAIGN = 60
"""Pairs of changes that are drawn."""


class Table:
    """A good kubeconfig, to be bent. `cluster` and `user` are those of its context."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document = copy.deepcopy(document)
        self.folder = folder
        self.cluster: Document = self.document["clusters"][0]["cluster"]
        self.user: Document = self.document["users"][0]["user"]
        self.authority = base64.b64decode(self.cluster["certificate-authority-data"])
        self.token: str = self.user["token"]

    def file(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def plugin(self, text: str = "", more: Document | None = None) -> None:
        """A plugin that prints the token, and what is said of it."""
        version = "client.authentication.k8s.io/v1"
        said = {"kind": "ExecCredential", "apiVersion": version, "status": {"token": self.token}}
        path = self.folder / self.file("bin/plugin", text or f"#!/bin/sh\necho '{json.dumps(said)}'\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.user.clear()
        settings = {"apiVersion": version, "command": "bin/plugin", "interactiveMode": "Never", **(more or {})}
        self.user["exec"] = {key: value for key, value in settings.items() if value is not None}

    def named(self, kind: str) -> list[Document]:
        entries: list[Document] = self.document[kind]
        return entries

    def write(self, edit: Callable[[str], str | bytes] = str) -> Path:
        path = self.folder / "kubeconfig"
        text = edit(yaml.safe_dump(self.document))
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


def set_user(**fields: object) -> Change:
    return lambda table: table.user.update({key.replace("_", "-"): value for key, value in fields.items()})


def set_cluster(**fields: object) -> Change:
    return lambda table: table.cluster.update({key.replace("_", "-"): value for key, value in fields.items()})


def authority_file(table: Table) -> None:
    del table.cluster["certificate-authority-data"]
    table.cluster["certificate-authority"] = table.file("ca.pem", table.authority)


def authority_both(table: Table) -> None:
    table.cluster["certificate-authority"] = table.file("ca.pem", table.authority)


def in_lines(table: Table) -> None:
    data = table.cluster["certificate-authority-data"]
    table.cluster["certificate-authority-data"] = "\n".join(data[at : at + 64] for at in range(0, len(data), 64)) + "\n"


def token_file(name: str, content: str) -> Change:
    def change(table: Table) -> None:
        table.file("token", content or table.token + "\n")
        table.user.clear()
        table.user["tokenFile"] = name

    return change


def both_tokens(table: Table) -> None:
    table.user.update(token=WRONG, tokenFile=table.file("token", table.token))


def add(kind: str, entry: Document) -> Change:
    return lambda table: table.named(kind).append(entry)


def twice(kind: str) -> Change:
    return lambda table: table.named(kind).append(copy.deepcopy(table.named(kind)[0]))


def top(**fields: object) -> Change:
    return lambda table: table.document.update({key.replace("_", "-"): value for key, value in fields.items()})


def context(**fields: object) -> Change:
    return lambda table: table.named("contexts")[0]["context"].update(fields)


def plugin(**more: object) -> Change:
    return lambda table: table.plugin(more=more)


def plugin_says(text: str) -> Change:
    return lambda table: table.plugin(f"#!/bin/sh\ncat <<'E'\n{text}\nE\n")


def with_data(edit: Callable[[str], str]) -> Change:
    field = "certificate-authority-data"
    return lambda table: table.cluster.update({field: edit(table.cluster[field])})


def authority_absent(table: Table) -> None:
    authority_file(table)
    table.cluster["certificate-authority"] = "absent"


def certificate_alone(table: Table) -> None:
    table.user["client-certificate"] = table.file("c.pem", table.authority)


def insecure(table: Table) -> None:
    del table.cluster["certificate-authority-data"]
    table.cluster["insecure-skip-tls-verify"] = True


def certificate_with_key(table: Table) -> None:
    openssl = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=u",
        "-keyout",
        "k",
        "-out",
        "c",
    ]
    subprocess.run(openssl, cwd=table.folder, check=True, capture_output=True)
    table.user.update({"client-certificate": "c", "client-key": "k"})


OTHER_CLUSTER = {"name": "o", "cluster": {"certificate-authority-data": "*"}}
OTHER_USER = {"name": "other", "user": {"auth-provider": {"name": "gcp", "config": None}}}
V1BETA1 = "client.authentication.k8s.io/v1beta1"
WRONG_VERSION = f'{{"kind": "ExecCredential", "apiVersion": "{V1BETA1}", "status": {{"token": "t"}}}}'


def leaf_alone(table: Table) -> None:
    """The server's own certificate, which another signed, instead of its authority's."""
    host, port = table.cluster["server"].removeprefix("https://").rsplit(":", 1)
    leaf = ssl.get_server_certificate((host, int(port))).encode()
    table.cluster["certificate-authority-data"] = base64.b64encode(leaf).decode()


def other_authority_beside(table: Table) -> None:
    certificate_with_key(table)
    both = (table.folder / "c").read_bytes() + table.authority
    table.user.pop("client-certificate")
    table.user.pop("client-key")
    table.cluster["certificate-authority-data"] = base64.b64encode(both).decode()


CHANGES: dict[str, tuple[bool, Change]] = {
    "plain": (True, lambda _: None),
    "authority in a file": (True, authority_file),
    "authority twice": (False, authority_both),
    "authority in lines": (True, in_lines),
    "authority with a newline": (True, with_data(lambda data: data + "\n")),
    "authority with a space": (False, with_data(lambda data: " " + data)),
    "authority that is no base64": (False, set_cluster(certificate_authority_data="*")),
    "authority that is no certificate": (False, set_cluster(certificate_authority_data="aGVsbG8K")),
    "authority that is not there": (False, authority_absent),
    "authority that is the server's own certificate": (True, leaf_alone),
    "authority beside another": (True, other_authority_beside),
    "authority null": (False, set_cluster(certificate_authority_data=None)),
    "insecure": (True, insecure),
    "insecure with an authority": (False, set_cluster(insecure_skip_tls_verify=True)),
    "insecure as text": (False, set_cluster(insecure_skip_tls_verify="true")),
    "no server": (False, lambda t: t.cluster.pop("server")),
    "server without scheme, which is HTTP": (False, lambda t: t.cluster.update(server=t.cluster["server"].removeprefix("https://"))),
    "server with a slash": (True, lambda t: t.cluster.update(server=t.cluster["server"] + "/")),
    "server as a number": (False, set_cluster(server=6443)),
    "server of another scheme": (False, set_cluster(server="ftp://127.0.0.1")),
    "server's other name": (True, set_cluster(tls_server_name="127.0.0.1")),
    "server's wrong name": (False, set_cluster(tls_server_name="other.example")),
    "proxy of no scheme": (False, set_cluster(proxy_url="localhost:1")),
    "proxy of another scheme": (False, set_cluster(proxy_url="ftp://localhost:1")),
    "proxy empty": (True, set_cluster(proxy_url="")),
    "unknown fields": (True, lambda t: (set_cluster(colour="red")(t), set_user(colour=1)(t), top(colour=[])(t))),
    "extensions": (True, set_cluster(extensions=[{"name": "minikube.sigs.k8s.io", "extension": {"version": "v1"}}])),
    "preferences null": (True, top(preferences=None)),
    "kind absent": (True, lambda t: (t.document.pop("kind"), t.document.pop("apiVersion"))),
    "kind wrong": (False, top(kind="Secret")),
    "version wrong": (False, top(apiVersion="v2")),
    "current context absent": (False, lambda t: t.document.pop("current-context")),
    "current context unknown": (False, top(current_context="gone")),
    "context's cluster unknown": (False, context(cluster="gone")),
    "context's user unknown": (False, context(user="gone")),
    "context's user empty": (False, context(user="")),
    "context's namespace": (True, context(namespace="default")),
    "two clusters of one name": (False, twice("clusters")),
    "two users of one name": (False, twice("users")),
    "two contexts of one name": (False, twice("contexts")),
    "another user's null config": (True, add("users", OTHER_USER)),
    "another user's null": (True, add("users", {"name": "other", "user": None})),
    "another user's wrong type": (False, add("users", {"name": "other", "user": {"token": 7}})),
    "another cluster's wrong base64": (False, add("clusters", OTHER_CLUSTER)),
    "token as a number": (False, set_user(token=12345)),
    "token wrong": (False, set_user(token=WRONG)),
    "token in a file": (True, token_file("token", "")),
    "token in a file that is not there": (False, token_file("absent", "")),
    "token and a file": (True, both_tokens),
    "token and a password": (False, lambda table: table.user.update(username="u", password=table.token)),
    "groups without a user": (False, set_user(**{"as-groups": ["a"]})),
    "certificate without a key": (False, certificate_alone),
    "certificate and a token": (True, certificate_with_key),
    "plugin": (True, plugin()),
    "plugin without a mode": (False, plugin(interactiveMode=None)),
    "plugin of an unknown mode": (False, plugin(interactiveMode="Sometimes")),
    "plugin that wants a terminal": (False, plugin(interactiveMode="Always")),
    "plugin of an old version": (False, plugin(apiVersion="client.authentication.k8s.io/v1alpha1")),
    "plugin without a command": (False, plugin(command=None)),
    "plugin that is not there": (False, plugin(command="bin/absent")),
    "plugin that answers in another version": (False, plugin_says(WRONG_VERSION)),
    "plugin that says nothing of use": (False, plugin_says("hello")),
}  # fmt: skip

EDITS: dict[str, tuple[bool, Callable[[str], str | bytes]]] = {
    "byte order mark": (True, lambda text: b"\xef\xbb\xbf" + text.encode()),
    "carriage returns": (True, lambda text: text.replace("\n", "\r\n")),
    "json": (True, lambda text: json.dumps(yaml.safe_load(text))),
    "a second document": (True, lambda text: text + "---\nkind: Nonsense\n"),
    "a key twice": (True, lambda text: "current-context: gone\n" + text),
    "tabs": (False, lambda text: text.replace("- context", "-\tcontext").replace("    cluster", "\tcluster")),
    "a list": (False, lambda _: "- a\n"),
    "empty": (False, lambda _: ""),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    bench = Bench(tmp_path_factory.mktemp("served"))
    with serving(bench, {"simulator.tls": True}) as served:
        yield yaml.safe_load(served.kubeconfig.read_text())


def environment(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "PATH": os.environ["PATH"], "KUBECONFIG": ""}


def ours(bench: Bench, path: Path) -> str:
    """What we say against it; nothing where it is taken."""
    done = bench("status", "--kubeconfig", path, env=environment(path.parent), timeout=60)
    # 1 is also what status exits with where something on the cluster is wrong; then it has printed it.
    return "" if done.stdout else done.stderr


def kubectl_takes(path: Path) -> bool:
    command = ["kubectl", "--kubeconfig", str(path), "get", "namespaces", "--request-timeout", "20s"]
    env, folder = environment(path.parent), path.parent
    done = subprocess.run(
        command, env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    return done.returncode == 0


def check(bench: Bench, path: Path, name: str, taken: bool) -> None:
    said = ours(bench, path)
    assert (said == "") == taken, f"{name}: {said}"
    assert len(said.splitlines()) <= 1 and "panicked" not in said, said
    if shutil.which("kubectl"):
        assert kubectl_takes(path) == taken, f"kubectl: {name}"


@pytest.mark.parametrize("name", CHANGES)
def test_a_field(bench: Bench, document: Document, tmp_path: Path, name: str) -> None:
    taken, change = CHANGES[name]
    table = Table(document, tmp_path)
    change(table)
    check(bench, table.write(), name, taken)


@pytest.mark.parametrize("name", EDITS)
def test_a_text(bench: Bench, document: Document, tmp_path: Path, name: str) -> None:
    taken, edit = EDITS[name]
    check(bench, Table(document, tmp_path).write(edit), name, taken)


@WITHOUT_KUBECTL
@pytest.mark.parametrize("seed", range(CAMPAIGN))
def test_two_fields_at_once(bench: Bench, document: Document, tmp_path: Path, seed: int) -> None:
    """What nobody has thought of: kubectl is the judge."""
    draw = random.Random(seed)  # noqa: S311
    names = draw.sample(sorted(CHANGES), 2)
    table = Table(document, tmp_path)
    try:
        for name in names:
            CHANGES[name][1](table)
    except (KeyError, AttributeError):
        pytest.skip(f"{names} exclude each other")
    path = table.write()
    check(bench, path, f"{names}", kubectl_takes(path))


def test_there_are_sixty() -> None:
    assert len(CHANGES) + len(EDITS) >= 60
