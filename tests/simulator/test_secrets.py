"""What a kubeconfig holds of secrets is nowhere in what the tool prints or writes."""

from __future__ import annotations

import base64
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import agent_sandbox_bench as asb
import pytest
import yaml
from agent_sandbox_bench.typed import ConfigDict
from support.bench import Bench
from support.simulator import Served, serving
from support.validity import ONE_PAUSE_HITS_ALL
from support.waiting import until

CANARY = "canary-7f3e19"
LOAD = ("--rate", "50", "--total", "5", *ONE_PAUSE_HITS_ALL)
NOISY = {"RUST_LOG": "trace", "RUST_BACKTRACE": "full"}
PLUGIN = """\
import json, os
status = {"token": os.environ["PLUGIN_TOKEN"], "expirationTimestamp": "2099-01-01T00:00:00Z"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


class Guarded:
    """A simulator over TLS that wants a token, and kubeconfigs for it."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.folder = folder
        self.made = served.kubeconfig
        self.document: dict[str, Any] = yaml.safe_load(self.made.read_text())
        self.token: str = self.document["users"][0]["user"]["token"]

    def kubeconfig(self, user: dict[str, Any]) -> Path:
        """A kubeconfig of this user."""
        path = self.folder / "user.kubeconfig"
        path.write_text(yaml.safe_dump({**self.document, "users": [{**self.document["users"][0], "user": user}]}))
        return path

    def plugin(self, token: str, expires: bool = True) -> dict[str, Any]:
        """A user whose token a program prints."""
        script = self.folder / f"plugin-{expires}.py"
        script.write_text(PLUGIN if expires else PLUGIN.replace("expirationTimestamp", "unknown"))
        env = [{"name": "PLUGIN_TOKEN", "value": token}, {"name": "PLUGIN_SECRET", "value": CANARY}]
        exec_ = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": [str(script)],
                 "env": env, "interactiveMode": "Never"}  # fmt: skip
        return {"exec": exec_}


@pytest.fixture
def guarded(bench: Bench, tmp_path: Path) -> Iterator[Guarded]:
    with serving(bench, {"simulator.tls": True}) as served:
        yield Guarded(tmp_path, served)
    assert CANARY not in served.said


def written(folder: Path) -> str:
    """All that stands in a folder's files."""
    return "\n".join(path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file())


def users(guarded: Guarded) -> dict[str, tuple[dict[str, Any], int, list[str]]]:
    """By name: a user, the exit code of a run as that user, and what must be seen nowhere."""
    pem = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"
    key = base64.b64encode(pem.encode()).decode()
    token_file = guarded.folder / "token"
    token_file.write_text(f"{CANARY}-in-a-file\n")
    return {
        "a good token": ({"token": guarded.token}, 0, [guarded.token]),
        "a wrong token": ({"token": CANARY}, 1, [CANARY]),
        "a wrong token in a file": ({"tokenFile": str(token_file)}, 1, [CANARY]),
        "a password": ({"username": "somebody", "password": CANARY}, 1, [CANARY]),
        "a key that is none": ({"client-certificate-data": key, "client-key-data": key}, 1, [CANARY, key]),
        "a plugin": (guarded.plugin(guarded.token), 0, [guarded.token, CANARY]),
        "a plugin's wrong token": (guarded.plugin(CANARY), 1, [CANARY]),
        "a plugin's unusable token": (guarded.plugin(f"{CANARY}\nx"), 1, [CANARY]),
        "a plugin's unusable token for ever": (guarded.plugin(f"{CANARY}\nx", expires=False), 1, [CANARY]),
        "a token no header can hold": ({"token": f"{CANARY}\nx"}, 1, [CANARY]),
    }


def test_secrets_are_neither_printed_nor_written(bench: Bench, guarded: Guarded) -> None:
    for name, (user, code, secrets) in users(guarded).items():
        kubeconfig = guarded.kubeconfig(user)
        for command in (("run", *LOAD), ("preflight",), ("status",), ("cleanup", "--all-runs")):
            done = bench(command[0], "--kubeconfig", kubeconfig, *command[1:], env=NOISY)
            if command[0] == "run":
                assert done.code == code, f"{name}: {done.stderr}"
            seen = done.stdout + done.stderr + (written(done.out) if done.out.exists() else "")
            for secret in secrets:
                assert secret not in seen, f"{name}: {command[0]}"


def test_nor_raised_in_python(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(guarded.folder)
    for name, (user, code, secrets) in users(guarded).items():
        cluster = asb.Cluster(kubeconfig=guarded.kubeconfig(user))
        said = repr(cluster)
        load: ConfigDict = {"load": {"rate": 50, "total": 2}}
        if code == 0:
            said += repr(asb.run(load, target=cluster))
        else:
            with pytest.raises(asb.AgentSandboxBenchError) as raised:
                asb.run(load, target=cluster)
            said += f"{raised.value!r} {raised.value} {raised.value.__dict__}"
        assert not [secret for secret in secrets if secret in said], name


def test_nor_left_by_a_run_that_was_killed(bench: Bench, guarded: Guarded) -> None:
    out = bench.out()
    kubeconfig = guarded.kubeconfig(guarded.plugin(guarded.token))
    process = bench.start(
        "run", "--kubeconfig", kubeconfig, "--rate", "50", "--duration", "60s", "--out", out, env=NOISY
    )
    until(lambda: (out / "claims.jsonl").exists() or process.poll() is not None, 20, "the first claims")
    process.send_signal(signal.SIGABRT)
    stdout, stderr = process.communicate(timeout=20)
    assert out.exists(), stderr
    seen = stdout + stderr + written(out)
    assert guarded.token not in seen and CANARY not in seen


def test_a_kubeconfig_that_is_made_is_its_owners_alone(guarded: Guarded) -> None:
    assert stat.S_IMODE(guarded.made.stat().st_mode) == 0o600


def test_a_runs_folder_is_its_owners_alone_whatever_the_umask(bench: Bench, guarded: Guarded) -> None:
    target, out, search = ("--kubeconfig", guarded.made), bench.out(), bench.out()
    before = os.umask(0)
    try:
        assert bench("run", *target, *LOAD, "--out", out).code == 0
        assert bench("report", out).code == 0
        process = bench.start("search", *target, "--slo", "outcomes.failed==0", "--quiet", "--out", search)
        until(lambda: bool(list(search.glob("*/claims.jsonl"))), 20, "the first claims of its first step")
        process.send_signal(signal.SIGINT)
        assert bench.finish(process, search).code == 130
    finally:
        os.umask(before)
    assert (search / "search.json").exists()
    for folder in (out, search):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for path in folder.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_certificate_that_is_not_checked_is_in_the_warnings(bench: Bench, guarded: Guarded) -> None:
    [cluster] = guarded.document["clusters"]
    authority = cluster["cluster"].pop("certificate-authority-data")
    refused = bench("run", "--kubeconfig", guarded.kubeconfig({"token": guarded.token}), *LOAD)
    assert refused.code == 1 and "certificate" in refused.stderr, refused.stderr
    cluster["cluster"]["insecure-skip-tls-verify"] = True
    done = bench("run", "--kubeconfig", guarded.kubeconfig({"token": guarded.token}), *LOAD)
    assert done.code == 0, done.stderr
    assert any(warning.startswith("insecure:") for warning in done.summary["warnings"])
    cluster["cluster"] = {"server": cluster["cluster"]["server"], "certificate-authority-data": authority}
    done = bench("run", "--kubeconfig", guarded.kubeconfig({"token": guarded.token}), *LOAD)
    assert not any(warning.startswith("insecure:") for warning in done.summary["warnings"])
