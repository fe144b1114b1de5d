"""The harness itself: what it starts works, and it leaves nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cluster.client import Cluster
from cluster.control_plane import ControlPlane
from cluster.manifests import claim
from cluster.process import DiedError, Process
from support.waiting import NotInTimeError, until

UP = Path(__file__).parent / "up.py"


def alive(pid: int) -> bool:
    """Whether a process of that id exists and has not ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_claim_by_kubectl_is_served_warm_and_leaves_nothing(cluster: Cluster, pool: str) -> None:
    cluster.apply(claim(cluster.sandbox_api, "by-hand", "default", pool))
    kind = "sandboxclaims.extensions.agents.x-k8s.io"
    cluster.kubectl("wait", kind, "by-hand", "--for=condition=Ready", "--timeout=10s")
    sandbox = cluster.get(kind, "by-hand")["status"]["sandbox"]["name"]
    assert sandbox.startswith(f"{pool}-")
    cluster.kubectl("delete", kind, "by-hand")
    assert not cluster.names(kind)
    until(lambda: f"sandbox.agents.x-k8s.io/{sandbox}" not in cluster.names("sandboxes"), 30, f"{sandbox} is gone")


def test_a_client_certificate_is_accepted(control_plane: ControlPlane) -> None:
    by_certificate = Cluster(control_plane.accounts.certificate_kubeconfig())
    assert "fake-000" in by_certificate.kubectl("get", "nodes")


def test_the_api_server_and_the_controller_come_back(control_plane: ControlPlane, pool: str) -> None:
    control_plane.stop_apiserver()
    control_plane.start_apiserver()
    control_plane.stop_controller()
    control_plane.start_controller()
    control_plane.pause_etcd()
    control_plane.resume_etcd()
    assert control_plane.pool_is_full(pool)


@pytest.mark.parametrize("release", ["v0.4.6"])
def test_another_release_serves_its_own_api(release: str) -> None:
    with ControlPlane(nodes=2, release=release) as old:
        old.apply_template_and_pool("bench", replicas=2)
        assert old.sandbox_api == "v1alpha1"
        old.apply(claim(old.sandbox_api, "by-hand", "default", "bench"))
        old.kubectl("wait", "sandboxclaim", "by-hand", "--for=condition=Ready", "--timeout=20s")
        pids, folder = old.pids, old.folder
    assert len(pids) >= 6
    assert not [pid for pid in pids if alive(pid)]
    assert not folder.exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_survives_the_command(how: signal.Signals) -> None:
    command = [sys.executable, str(UP), "--nodes=1", "--release=none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as up:
        assert up.stdout
        kubeconfig = Path(up.stdout.readline().strip())
        children = Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()
        assert len(children) == 5
        assert kubeconfig.stat().st_mode & 0o077 == 0
        up.send_signal(how)
        assert up.wait(20) == (0 if how is not signal.SIGKILL else -how)
    until(lambda: not any(alive(int(pid)) for pid in children), 5, "its processes are gone")
    if how is signal.SIGKILL:
        shutil.rmtree(kubeconfig.parents[1])  # nobody was left to do it
    assert not kubeconfig.exists()


def test_a_program_that_dies_shows_its_last_words(tmp_path: Path) -> None:
    dying = Process("dying", ["sh", "-c", "echo last words; exit 7"], tmp_path / "log")
    dying.start()
    until(lambda: not dying.running, 5, "it ends")
    with pytest.raises(DiedError, match=r"(?s)ended with 7.*last words"):
        dying.check()


def test_waiting_ends_and_says_what_for() -> None:
    with pytest.raises(NotInTimeError, match=r"the moon: not within 0\.1 s\nblue"):
        until(lambda: False, 0.1, "the moon", lambda: "blue")
