"""Proxies of the environment, as Go reads them: kubectl and we take the same way."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.bench import Bench
from support.recorder import Recorder
from support.validity import ONE_PAUSE_HITS_ALL

NAMED, ADDRESS, PLAIN = "https://cluster.invalid:6443", "https://0.0.0.0:1", "http://cluster.invalid:8080"
"""Servers that have no address, and one that refuses at once; none is a loopback address to Go."""
P = "http://127.0.0.1:PORT"
CONNECT, CONNECT_ADDRESS = "CONNECT cluster.invalid:6443", "CONNECT 0.0.0.0:1"

COMBINATIONS: list[tuple[dict[str, str], str, str]] = [
    ({"HTTPS_PROXY": P}, NAMED, CONNECT),
    ({"https_proxy": P}, NAMED, CONNECT),
    ({"HTTPS_PROXY": "127.0.0.1:PORT"}, NAMED, CONNECT),
    ({"HTTPS_PROXY": "localhost:PORT"}, NAMED, CONNECT),
    ({"HTTPS_PROXY": f"{P}/"}, ADDRESS, CONNECT_ADDRESS),
    ({"HTTPS_PROXY": "https://127.0.0.1:PORT"}, NAMED, "TLS"),
    ({"HTTPS_PROXY": "socks5://127.0.0.1:PORT"}, NAMED, "SOCKS cluster.invalid:6443"),
    ({"HTTPS_PROXY": "socks5h://127.0.0.1:PORT"}, ADDRESS, "SOCKS 0.0.0.0:1"),
    (
        {"HTTPS_PROXY": "http://u:p%40@127.0.0.1:PORT"},
        NAMED,
        f"{CONNECT} Proxy-Authorization: Basic dTpwQA==",
    ),
    ({"HTTP_PROXY": P}, NAMED, ""),
    ({"ALL_PROXY": P}, NAMED, ""),
    ({"HTTP_PROXY": P}, PLAIN, "FORWARD cluster.invalid:8080"),
    ({"HTTPS_PROXY": P}, PLAIN, ""),
    ({"http_proxy": "https://127.0.0.1:PORT"}, PLAIN, "TLS"),
    ({"HTTP_PROXY": "socks5://127.0.0.1:PORT"}, PLAIN, "SOCKS cluster.invalid:8080"),
    ({"HTTP_PROXY": P, "NO_PROXY": ".invalid:8080"}, PLAIN, ""),
    (
        {"HTTP_PROXY": "http://u:p%40@127.0.0.1:PORT"},
        PLAIN,
        "FORWARD cluster.invalid:8080 Proxy-Authorization: Basic dTpwQA==",
    ),
    ({"HTTPS_PROXY": "", "https_proxy": P}, NAMED, CONNECT),
    ({"HTTPS_PROXY": P, "NO_PROXY": "cluster.invalid"}, NAMED, ""),
    ({"HTTPS_PROXY": P, "NO_PROXY": " other , .invalid,"}, NAMED, ""),
    ({"HTTPS_PROXY": P, "NO_PROXY": "*.invalid:6443"}, NAMED, ""),
    ({"HTTPS_PROXY": P, "NO_PROXY": "cluster.invalid:443"}, NAMED, CONNECT),
    ({"HTTPS_PROXY": P, "no_proxy": "ster.invalid,127.0.0.1,localhost,"}, NAMED, CONNECT),
    ({"HTTPS_PROXY": P, "NO_PROXY": "10.0.0.0/8,0.0.0.0/8"}, ADDRESS, ""),
    ({"HTTPS_PROXY": P, "NO_PROXY": "0.0.0.0:2"}, ADDRESS, CONNECT_ADDRESS),
    ({"HTTPS_PROXY": P, "NO_PROXY": "*"}, NAMED, ""),
    ({"HTTPS_PROXY": "http://[bad"}, NAMED, ""),
    ({"HTTPS_PROXY": P, "HTTP_PROXY": P}, "https://localhost:1", ""),
    ({"HTTPS_PROXY": P, "HTTP_PROXY": P}, "https://127.1.2.3:1", ""),
]
CAMPAIGN = 40
"""Lists of exceptions that are drawn."""
GO = """package main

import (
	"net/http"
	"os"
	"time"
)

func main() {
	client := http.Client{Timeout: 5 * time.Second}
	client.Get(os.Args[1])
}
"""


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """A program of Go's that asks one server; None without Go."""
    if not shutil.which("go"):
        return None
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO)
    subprocess.run(["go", "build", "-o", "ask", "main.go"], cwd=folder, check=True, timeout=300)
    return folder / "ask"


def environment(variables: dict[str, str], port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    return {**kept, **{name: value.replace("PORT", str(port)) for name, value in variables.items()}}


def kubeconfig(folder: Path, server: str, **more: object) -> Path:
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}],
        "clusters": [{"name": "c", "cluster": {"server": server, **more}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return path


def ask(bench: Bench, recorder: Recorder, path: Path, variables: dict[str, str]) -> set[str]:
    """Where a command asks the proxy to go that asks the server of a kubeconfig."""
    command = [bench.command, "status", "--kubeconfig", path]
    options = {"env": environment(variables, recorder.port), "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run(command, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 1 and "panicked" not in done.stderr, done.stderr
    assert "p%40" not in done.stderr, "a proxy's password is told to nobody"
    return recorder.take()


@pytest.mark.parametrize(("variables", "server", "wanted"), COMBINATIONS)
def test_the_way_is_gos(
    bench: Bench, recorder: Recorder, go: Path | None, variables: dict[str, str], server: str, wanted: str
) -> None:
    asked = ask(bench, recorder, kubeconfig(bench.folder, server), variables)
    assert asked == ({wanted} if wanted else set())
    if go:
        subprocess.run([go, server], env=environment(variables, recorder.port), check=True, timeout=30)
        assert recorder.take() == asked


@pytest.mark.parametrize("seed", range(CAMPAIGN))
def test_any_exception_is_gos(bench: Bench, recorder: Recorder, go: Path | None, seed: int) -> None:
    """What nobody has thought of: Go is the judge."""
    if not go:
        pytest.skip("go is not on PATH")
    draw = random.Random(seed)  # noqa: S311
    parts = [
        "cluster",
        ".",
        "invalid",
        "*",
        ":6443",
        ":8080",
        ":",
        "0.0.0.0",
        "/8",
        "[",
        "]",
        "::",
        ",",
        " ",
        "INVALID",
        "..",
    ]
    variables = {"HTTPS_PROXY": P, "HTTP_PROXY": P, "NO_PROXY": "".join(draw.choices(parts, k=draw.randint(1, 6)))}
    server = draw.choice([NAMED, ADDRESS, PLAIN])
    asked = ask(bench, recorder, kubeconfig(bench.folder, server), variables)
    subprocess.run([go, server], env=environment(variables, recorder.port), check=True, timeout=30)
    assert recorder.take() == asked, variables


@pytest.mark.parametrize(("variables", "server", "wanted"), COMBINATIONS)
def test_the_simulator_never_uses_one(
    bench: Bench, recorder: Recorder, variables: dict[str, str], server: str, wanted: str
) -> None:
    del server, wanted
    command = [
        bench.command,
        "run",
        "--total",
        "2",
        "--rate",
        "50",
        "--quiet",
        *ONE_PAUSE_HITS_ALL,
        "--out",
        bench.out(),
    ]
    options = {"env": environment(variables, recorder.port), "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run(command, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    assert recorder.take() == set()


def test_a_kubeconfigs_own_proxy_comes_first(bench: Bench, recorder: Recorder) -> None:
    own = {"proxy-url": f"http://127.0.0.1:{recorder.port}"}
    path = kubeconfig(bench.folder, "https://localhost:6443", **own)
    nowhere = {"HTTPS_PROXY": "http://proxy.invalid:1", "NO_PROXY": "*"}
    assert ask(bench, recorder, path, nowhere) == {"CONNECT localhost:6443"}


def test_a_proxy_of_another_kind_is_named(bench: Bench) -> None:
    path = kubeconfig(bench.folder, NAMED)
    done = bench("status", "--kubeconfig", path, env={"HTTPS_PROXY": "ftp://u:secret@proxy.invalid"})
    assert done.code == 1 and "HTTPS_PROXY" in done.stderr and "socks5" in done.stderr, done.stderr
    assert "secret" not in done.stderr and len(done.stderr.splitlines()) == 1
