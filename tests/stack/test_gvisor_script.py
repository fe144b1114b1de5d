"""data/gvisor.sh on made-up nodes: what it changes, what it leaves, and that removing puts everything back."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "data" / "gvisor.sh"
BINARIES = ("runsc", "containerd-shim-runsc-v1")


class Node:
    """The root of a node, and a containerd whose restarts are counted."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "host"
        self.restarts = folder / "restarts"
        self.systemctl = folder / "systemctl"
        self.systemctl.write_text(f'#!/bin/sh\n[ "$1" = restart ] && echo "$2" >>{self.restarts}\nexit 0\n')
        self.image = folder / "image"
        for place in (self.root / "usr/bin", self.root / "etc/containerd", self.image):
            place.mkdir(parents=True)
        self.systemctl.chmod(0o755)
        for name in BINARIES:
            (self.image / name).write_text(f"the program {name}")

    @property
    def config(self) -> Path:
        return self.root / "etc/containerd/config.toml"

    def run(self, mode: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The script, as the installer's container runs it."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOST": str(self.root),
            "SYSTEMCTL": str(self.systemctl),
            "DONE": str(self.image / "done"),
            "ONCE": "yes",
            "VERSION": "1",
            "IMAGE_PATH": str(self.image),
            "RUNTIME": "runsc",
        }
        command = ["sh", str(SCRIPT), mode]
        return subprocess.run(command, env=environment | more, capture_output=True, text=True, timeout=30, check=False)

    def restarted(self) -> int:
        """How often containerd was restarted."""
        return len(self.restarts.read_text().split()) if self.restarts.exists() else 0

    def files(self) -> dict[str, str]:
        """Every file of the node."""
        return {str(p.relative_to(self.root)): p.read_text() for p in self.root.rglob("*") if p.is_file()}


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A node of plain Linux without a configuration of containerd."""
    return Node(tmp_path)


def ok(done: subprocess.CompletedProcess[str]) -> None:
    """It must have worked."""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("version", "plugin"), [("2", "io.containerd.grpc.v1.cri"), ("3", "io.containerd.cri.v1.runtime")]
)
def test_both_versions_of_containerds_configuration(node: Node, version: str, plugin: str) -> None:
    node.config.write_text(f'version = {version}\n[plugins."x"]\n  a = 1')  # its last line has no end
    before = node.files()
    ok(node.run("install"))
    assert f'[plugins."{plugin}".containerd.runtimes.runsc]' in node.config.read_text().splitlines()
    assert (node.root / "usr/local/bin/runsc").stat().st_mode & 0o111
    assert node.restarted() == 1
    ok(node.run("install"))
    assert node.restarted() == 1, "nothing changed, so nothing restarts"
    ok(node.run("remove"))
    assert node.restarted() == 2
    after = node.files()
    assert after.pop("etc/containerd/config.toml").rstrip("\n") == before.pop("etc/containerd/config.toml")
    assert after == before


def test_a_node_without_a_configuration_gets_one_and_loses_it_again(node: Node) -> None:
    containerd = node.root / "usr/bin/containerd"
    containerd.write_text("#!/bin/sh\necho containerd github.com/containerd/containerd/v2 v2.1.4 abc\n")
    containerd.chmod(0o755)
    before = node.files()
    ok(node.run("install"))
    assert node.config.read_text().startswith("version = 3\n")
    ok(node.run("remove"))
    assert node.files() == before


def test_container_optimized_os_keeps_binaries_where_they_may_run(node: Node) -> None:
    (node.root / "home/kubernetes/bin").mkdir(parents=True)
    node.config.write_text("version = 2\n")
    before = node.files()
    ok(node.run("install"))
    assert (node.root / "home/kubernetes/bin/runsc").exists()
    assert not (node.root / "usr/local/bin/runsc").exists()
    drop_in = node.root / "etc/systemd/system/containerd.service.d/agent-sandbox-bench.conf"
    assert "PATH=/home/kubernetes/bin:" in drop_in.read_text()
    ok(node.run("remove"))
    assert node.files() == before


def test_a_restart_that_was_cut_short_is_made_good(node: Node) -> None:
    node.config.write_text("version = 2\n")
    failed = node.run("install", SYSTEMCTL="false")
    assert failed.returncode != 0
    ok(node.run("install"))
    assert node.restarted() == 1


def test_what_somebody_else_put_there_is_left_alone(node: Node) -> None:
    node.config.write_text("version = 2\n")
    (node.root / "usr/local/bin").mkdir(parents=True)
    (node.root / "usr/local/bin/runsc").write_text("another runsc")
    before = node.files()
    refused = node.run("install")
    assert refused.returncode != 0
    assert "not ours" in refused.stderr
    assert {name: text for name, text in node.files().items() if name in before} == before
    assert node.restarted() == 0


def test_an_unknown_version_is_refused(node: Node) -> None:
    node.config.write_text("[plugins]\n")
    refused = node.run("install")
    assert refused.returncode != 0
    assert "version this does not know" in refused.stderr
    assert node.restarted() == 0


@pytest.mark.parametrize("published", ["right", "wrong"])
def test_a_download_must_match_its_published_digest(node: Node, tmp_path: Path, published: str) -> None:
    node.config.write_text("version = 2\n")
    mirror = tmp_path / "mirror/1" / platform.machine()
    mirror.mkdir(parents=True)
    for name in BINARIES:
        content = f"mirrored {name}".encode()
        (mirror / name).write_bytes(content)
        digest = hashlib.sha512(content if published == "right" else b"another").hexdigest()
        (mirror / f"{name}.sha512").write_text(f"{digest}  {name}\n")
    wget = tmp_path / "path/wget"  # as the image's: wget -q -O FILE URL
    wget.parent.mkdir()
    wget.write_text('#!/bin/sh\ncp "${4#file://}" "$3"\n')
    wget.chmod(0o755)
    path = f"{wget.parent}:{os.environ['PATH']}"
    done = node.run("install", IMAGE_PATH="", URL=f"file://{tmp_path}/mirror", PATH=path)
    if published == "right":
        ok(done)
        assert (node.root / "usr/local/bin/runsc").read_text() == "mirrored runsc"
    else:
        assert done.returncode != 0
        assert "does not match its published sha512" in done.stderr
        assert not (node.root / "usr/local/bin/runsc").exists()
        assert node.restarted() == 0
