"""What a node could leave on the machine that it ran on."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from node.machine import LINK


@dataclass(frozen=True)
class Traces:
    """The state of the machine, as far as a node may touch it."""

    mounts: str
    rules: list[str]
    panic: str
    """Seconds to a reboot after a panic: one of the settings that a kubelet insists on."""
    interface: bool

    @classmethod
    def now(cls) -> Self:
        """As it is."""
        rules = subprocess.run(["iptables-save"], capture_output=True, text=True, check=True)
        return cls(
            mounts=Path("/proc/mounts").read_text(),
            rules=[rule for rule in rules.stdout.splitlines() if not rule.startswith(("#", ":"))],
            panic=Path("/proc/sys/kernel/panic").read_text(),
            interface=Path(f"/sys/class/net/{LINK}").exists(),
        )


def processes(folder: Path) -> list[int]:
    """The ids of the processes that name `folder`: those started, containerd's shims, gVisor's sandboxes."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # it has ended
            continue
    return found
