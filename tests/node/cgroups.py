"""The control groups under which a test node keeps its pods."""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NAME = "agent-sandbox-node"


def make() -> None:
    """Makes the node's group, in each hierarchy where cgroups are version 1."""
    for hierarchy in hierarchies():
        (hierarchy / NAME).mkdir(exist_ok=True)


def remove() -> None:
    """Removes the group and those below it; all their processes must have ended."""
    for hierarchy in hierarchies():
        below = sorted((hierarchy / NAME).rglob("*/"), key=lambda path: len(path.parts), reverse=True)
        for group in (*below, hierarchy / NAME):
            if group.is_dir():
                group.rmdir()


def left() -> list[Path]:
    """The node's groups that are there. Those of a node that was killed stay until the next one removes them."""
    return [hierarchy / NAME for hierarchy in hierarchies() if (hierarchy / NAME).exists()]


def hierarchies() -> list[Path]:
    """The roots of all hierarchies: one where cgroups are version 2."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink()]
