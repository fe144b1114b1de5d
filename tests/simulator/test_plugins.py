"""Credential plugins: run once, waited for within bounds, asked again where the server refuses what they gave."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.bench import Bench
from support.simulator import Served, serving
from support.validity import ONE_PAUSE_HITS_ALL

LOAD = ("--rate", "20", "--total", "20", *ONE_PAUSE_HITS_ALL)


class Plugin:
    """A plugin that counts how often it is run. `body` prints what `credential TOKEN` makes of a token."""

    def __init__(self, served: Served, body: str = 'credential "$TOKEN"') -> None:
        document = yaml.safe_load(served.kubeconfig.read_text())
        user = document["users"][0]["user"]
        self.token: str = user["token"]
        folder = served.kubeconfig.parent
        self.runs_file = folder / "runs"
        said = '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"%s}}'
        plugin = folder / "plugin"
        plugin.write_text(
            f"#!/bin/sh\necho run >> '{self.runs_file}'\nruns=$(wc -l < '{self.runs_file}')\n"
            f"""credential() {{ printf '{said}' "$1" "$2"; }}\n{body}\n"""
        )
        plugin.chmod(0o755)
        document["users"][0]["user"] = {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": "./plugin",
                "env": [{"name": "TOKEN", "value": self.token}],
                "interactiveMode": "IfAvailable",
            }
        }
        self.kubeconfig = folder / "with-plugin"
        self.kubeconfig.write_text(yaml.safe_dump(document))

    @property
    def runs(self) -> int:
        """How often it was run."""
        return len(self.runs_file.read_text().splitlines()) if self.runs_file.exists() else 0


@pytest.fixture
def served(bench: Bench) -> Iterator[Served]:
    with serving(bench, {"simulator.tls": True}) as served:
        yield served


@pytest.mark.parametrize("words", [(), ("--exec", "echo ready"), ("--repeat", "3")], ids=["run", "exec", "repeat"])
def test_a_plugin_is_run_once(bench: Bench, served: Served, words: tuple[str, ...]) -> None:
    plugin = Plugin(served)
    done = bench("run", "--kubeconfig", plugin.kubeconfig, *LOAD, *words, timeout=120)
    assert done.code == 0, done.stderr
    assert plugin.runs == 1


def test_a_search_and_a_cleanup_run_it_once(bench: Bench, served: Served) -> None:
    plugin = Plugin(served)
    assert bench("cleanup", "--kubeconfig", plugin.kubeconfig, "--all-runs").code == 0
    assert bench("preflight", "--kubeconfig", plugin.kubeconfig, "--total", "1").code == 0
    assert plugin.runs == 2


def test_what_expires_is_renewed_before(bench: Bench, served: Served) -> None:
    # Each lives 30 s, so it is renewed after 20; the run lasts 25.
    body = "at=$(date -u -d '+30 seconds' +%Y-%m-%dT%H:%M:%SZ); "
    plugin = Plugin(served, body + r'credential "$TOKEN" ",\"expirationTimestamp\":\"$at\""')
    done = bench(
        "run", "--kubeconfig", plugin.kubeconfig, "--rate", "1", "--duration", "25s", *ONE_PAUSE_HITS_ALL, timeout=60
    )
    assert done.code == 0 and done.summary["outcomes"]["ready"] == 25, done.stderr
    assert plugin.runs == 2


def test_a_refused_token_is_asked_for_again(bench: Bench) -> None:
    with serving(bench, {"simulator.tls": True}) as served:
        plugin = Plugin(served, 'if [ "$runs" = 1 ]; then credential "gone"; else credential "$TOKEN"; fi')
        done = bench("run", "--kubeconfig", plugin.kubeconfig, *LOAD)
        assert done.code == 0 and done.summary["outcomes"]["ready"] == 20, done.stderr
        assert plugin.runs == 2


def test_a_run_that_lost_its_credential_is_not_valid(bench: Bench) -> None:
    fault = {"at": "2s", "for": "60s", "kind": "token_expired"}
    with serving(bench, {"simulator.tls": True, "simulator.faults": [fault]}) as served:
        plugin = Plugin(served)
        started = time.monotonic()
        load = ("--rate", "20", "--duration", "6s", "--ready-timeout", "2s", *ONE_PAUSE_HITS_ALL)
        done = bench("run", "--kubeconfig", plugin.kubeconfig, *load, timeout=120)
        assert time.monotonic() - started > 2, "the fault came too late: the test is void"
    if done.code == 1:
        pytest.skip("this machine was too slow to begin before the fault")
    assert done.code == 3, done.stderr
    assert "credentials_refused" in done.summary["invalid_reasons"], done.summary["invalid_reasons"]
    assert done.summary["reasons"]["failed.http_401"] > 0
    assert plugin.runs <= 10, "an account that is gone is no reason to log in without end"


def test_what_is_waited_for_is_told(bench: Bench, served: Served) -> None:
    plugin = Plugin(served, 'sleep 4; credential "$TOKEN"')
    done = bench("run", "--kubeconfig", plugin.kubeconfig, *LOAD)
    assert done.code == 0, done.stderr
    assert "waiting for the credential plugin" in done.stderr and "300 s at most" in done.stderr


def test_a_wait_can_be_ended(bench: Bench, served: Served) -> None:
    plugin = Plugin(served, "exec sleep 1000")
    out = bench.out()
    process = bench.start("run", "--kubeconfig", plugin.kubeconfig, *LOAD, "--out", out)
    assert process.stderr
    assert "waiting for the credential plugin" in process.stderr.readline()
    process.terminate()
    done = bench.finish(process, out, 20)
    assert done.code == 130 and "nothing was claimed" in done.stderr, done.stderr


def test_a_plugin_without_end_is_bounded(bench: Bench, served: Served) -> None:
    done = bench("run", "--kubeconfig", Plugin(served, "exec cat /dev/zero").kubeconfig, *LOAD)
    assert done.code == 1 and "more than 1 MiB" in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminal can be made")
@pytest.mark.parametrize(("mode", "interactive"), [("Never", False), ("IfAvailable", False), ("Always", None)])
def test_without_a_terminal_no_plugin_is_interactive(
    bench: Bench, served: Served, mode: str, interactive: bool | None
) -> None:
    plugin = Plugin(served, f'echo "$KUBERNETES_EXEC_INFO" > {served.kubeconfig.parent}/info; credential "$TOKEN"')
    document = yaml.safe_load(plugin.kubeconfig.read_text())
    document["users"][0]["user"]["exec"]["interactiveMode"] = mode
    plugin.kubeconfig.write_text(yaml.safe_dump(document))
    done = bench("run", "--kubeconfig", plugin.kubeconfig, *LOAD)
    if interactive is None:
        assert done.code == 1 and "not a terminal" in done.stderr and plugin.runs == 0, done.stderr
    else:
        assert done.code == 0, done.stderr
        info = json.loads(Path(served.kubeconfig.parent, "info").read_text())
        assert info["spec"] == {"interactive": interactive}
