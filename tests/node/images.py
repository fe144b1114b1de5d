"""Container images made here, of one static binary each: no registry is asked."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    """An image: its full name, the binary it holds, what runs, further names of the binary in it, and what it loads."""

    name: str
    binary: Path
    entrypoint: Sequence[str]
    links: Sequence[str] = ()
    user: str = "65532:65532"
    libraries: Sequence[Path] = ()

    def archive(self, file: Path) -> None:
        """Writes it in the format of `docker save`."""
        layer = self.layer()
        config = json.dumps(
            {
                "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()),
                "os": "linux",
                "config": {"Entrypoint": list(self.entrypoint), "User": self.user, "Env": ["PATH=/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
            }
        ).encode()
        manifest = [{"Config": "config.json", "RepoTags": [self.name], "Layers": ["layer.tar"]}]
        with tarfile.open(file, "w") as archive:
            add(archive, "config.json", config)
            add(archive, "layer.tar", layer)
            add(archive, "manifest.json", json.dumps(manifest).encode())

    def layer(self) -> bytes:
        """The file system: the binary, its other names, and a /tmp that anybody may write to."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as layer:
            for folder, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
                directory = tarfile.TarInfo(folder)
                directory.type, directory.mode = tarfile.DIRTYPE, mode
                layer.addfile(directory)
            add(layer, "etc/passwd", b"root:x:0:0::/:/bin/sh\nsandbox:x:65532:65532::/tmp:/bin/sh\n")
            path = self.entrypoint[0].lstrip("/")
            add(layer, path, self.binary.read_bytes(), 0o755)
            for library in self.libraries:
                add(layer, str(library).lstrip("/"), library.read_bytes(), 0o755)
            for name in self.links:
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, f"/{path}"
                layer.addfile(link)
        return buffer.getvalue()


def add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    """Adds a file."""
    file = tarfile.TarInfo(name)
    file.size, file.mode = len(content), mode
    archive.addfile(file, io.BytesIO(content))


SANDBOX = "agent-sandbox-bench.test/sandbox:1"
BENCH = "agent-sandbox-bench.test/agent-sandbox-bench:1"
PAUSE = "registry.k8s.io/pause:3.10"


def sandbox(binary: Path) -> Image:
    """The runtime server of a sandbox, with a shell that knows echo, cat, sleep, true and false."""
    return Image(SANDBOX, binary, ["/bin/sandbox"], ["sh", "echo", "cat", "sleep", "true", "false"])


def pause(binary: Path) -> Image:
    """What holds a pod's namespaces; also a container that does nothing."""
    return Image(PAUSE, binary, ["/bin/pause"])


def bench(binary: Path) -> Image:
    """This tool, with the libraries that a binary loads which was not linked statically."""
    listed = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False).stdout
    libraries = [Path(word) for word in listed.split() if word.startswith("/")]
    return Image(BENCH, binary, ["/bin/agent-sandbox-bench"], libraries=libraries)


def controller(binary: Path, release: str) -> Image:
    """agent-sandbox's controller, named as its release names it."""
    name = f"registry.k8s.io/agent-sandbox/agent-sandbox-controller:{release}"
    return Image(name, binary, ["/bin/agent-sandbox-controller"])
