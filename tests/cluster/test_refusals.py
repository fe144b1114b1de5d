"""What cannot work says so: within 10 s, in one plain line that names what to do, and without touching anything."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.accounts import NOBODY
from cluster.client import Cluster
from cluster.control_plane import ControlPlane
from cluster.ports import free_port
from support.bench import Bench

REFUSED = {1, 2, 6}


def check_refused(bench: Bench, *options: object, says: str, within: float = 10) -> None:
    """A run with these options is refused, in one line that matches `says`."""
    started = time.monotonic()
    finished = bench("run", "--total", 5, *options, timeout=within + 20)
    seconds = time.monotonic() - started
    assert finished.code in REFUSED, finished
    assert seconds < within, f"{seconds:.1f} s: {finished.stderr}"
    lines = finished.stderr.strip().splitlines()
    assert len(lines) == 1, finished.stderr
    assert re.search(says, lines[0]), lines[0]
    assert not re.search(r"panicked|Traceback|RUST_BACKTRACE", finished.stderr)
    assert finished.stdout == ""


@pytest.fixture(scope="module")
def bare() -> Iterator[ControlPlane]:
    """A control plane without agent-sandbox."""
    with ControlPlane(nodes=0, release=None) as started:
        yield started


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose connections are accepted by the kernel and never answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_missing_kubeconfig(bench: Bench, tmp_path: Path) -> None:
    check_refused(bench, "--kubeconfig", tmp_path / "nowhere", says="nowhere.*--kubeconfig")


def test_a_context_that_the_kubeconfig_does_not_hold(bench: Bench, cluster: Cluster) -> None:
    check_refused(bench, "--kubeconfig", cluster.kubeconfig, "--context", "elsewhere", says="elsewhere")


def test_a_server_that_nobody_serves(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    accounts = control_plane.accounts
    token = {"token": accounts.tokens["admin"]}
    closed = accounts.kubeconfig_with("closed", token, f"https://127.0.0.1:{free_port()}")
    check_refused(bench, "--kubeconfig", closed, "--warm-pool", pool, says="127.0.0.1")


def test_a_server_that_never_answers(bench: Bench, control_plane: ControlPlane, pool: str, silent_port: int) -> None:
    accounts = control_plane.accounts
    token = {"token": accounts.tokens["admin"]}
    silent = accounts.kubeconfig_with("silent", token, f"https://127.0.0.1:{silent_port}")
    check_refused(bench, "--kubeconfig", silent, "--warm-pool", pool, says=f"127.0.0.1:{silent_port}")


def test_a_token_that_is_refused(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    secret = "no-such-token"  # noqa: S105
    wrong = control_plane.accounts.kubeconfig_with("wrong", {"token": secret})
    check_refused(bench, "--kubeconfig", wrong, "--warm-pool", pool, says=rf"^(?!.*{secret}).*(401|[Uu]nauthorized)")


def test_a_user_who_may_do_nothing(bench: Bench, control_plane: ControlPlane, pool: str) -> None:
    nobody = control_plane.accounts.kubeconfig(NOBODY)
    check_refused(bench, "--kubeconfig", nobody, "--warm-pool", pool, says="403|[Ff]orbidden|may not")


def test_an_authority_that_did_not_sign(bench: Bench, control_plane: ControlPlane, bare: ControlPlane) -> None:
    token = {"token": control_plane.accounts.tokens["admin"]}
    foreign = bare.accounts.kubeconfig_with("foreign", token, control_plane.server)
    check_refused(bench, "--kubeconfig", foreign, says="certificate")


def test_a_missing_namespace(bench: Bench, cluster: Cluster, pool: str) -> None:
    check_refused(bench, *cluster.target, "--namespace", "nowhere", "--warm-pool", pool, says="nowhere.*--namespace")


def test_a_missing_pool(bench: Bench, cluster: Cluster) -> None:
    check_refused(bench, *cluster.target, "--warm-pool", "dry", says="dry.*(--warm-pool|install)")


def test_a_cluster_without_agent_sandbox(bench: Bench, bare: ControlPlane) -> None:
    check_refused(bench, *bare.target, says="install")
