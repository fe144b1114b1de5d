"""A machine within this one: processes, mounts and network of its own, that all vanish with their first process."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cluster.process import Process
from support.waiting import until

# /run and /var/log are the machine's own: sockets, pods' logs, network namespaces. So are the kernel settings that a
# kubelet insists on: it writes to copies of them. Everything else is this machine's.
SETTINGS = "vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys"
FIRST = f"""
set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
mkdir -p /run/lock
for name in {SETTINGS} kernel/keys/root_maxbytes; do
    mkdir -p /run/settings/${{name%/*}}
    cat /proc/sys/$name > /run/settings/$name
    mount --bind /run/settings/$name /proc/sys/$name
done
ip link set lo up
exec sleep infinity
"""
HOST, MACHINE = "10.250.0.1", "10.250.0.10"
LINK = "asb-node"


class Machine:
    """Namespaces (process ids, mounts, network) joined to this machine by one pair of virtual interfaces.

    The kernel ends every process in it when its first one ends, and removes the mounts, the interfaces and the packet
    filter's rules with them: nothing has to be undone, not even after a SIGKILL of the tests.
    """

    address = MACHINE

    def __init__(self, folder: Path) -> None:
        isolate = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net"]
        command = [*isolate, "--propagation=private", "sh", "-c", FIRST]
        self.process = Process("machine", command, folder / "machine.log")

    def start(self) -> None:
        """Starts it and joins the networks. Raises DiedError or subprocess.CalledProcessError."""
        self.process.start()
        until(self.has_started, 30, "the machine's first process", self.process.tail)
        link = ("ip", "link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", str(self.first))
        ours = ("ip", "address", "add", f"{HOST}/24", "dev", LINK)
        for command in (link, ours, ("ip", "link", "set", LINK, "up")):
            subprocess.run(command, check=True)
        self.call("ip", "address", "add", f"{MACHINE}/24", "dev", "eth0")
        self.call("ip", "link", "set", "eth0", "up")
        # Leads nowhere: without it the kernel refuses service addresses before the packet filter can rewrite them.
        self.call("ip", "route", "add", "default", "via", HOST)

    def has_started(self) -> bool:
        """Whether the first process runs, its mounts made."""
        self.process.check()
        children = Path(f"/proc/{self.process.pids[-1]}/task/{self.process.pids[-1]}/children").read_text().split()
        if not children:
            return False
        self.first = int(children[0])
        return Path(f"/proc/{self.first}/comm").read_text() == "sleep\n"

    def command(self, *words: str) -> list[str]:
        """The command that runs `words` in there."""
        return ["nsenter", f"--target={self.first}", "--pid", "--mount", "--net", *words]

    def call(self, *words: str, stdin: str | None = None, timeout: float = 120) -> str:
        """Runs a command in there to its end; returns its output. Raises CalledProcessError, with its error output."""
        done = subprocess.run(
            self.command(*words), input=stdin or "", capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)
        return done.stdout

    def stop(self) -> None:
        """Ends everything in there. The kernel takes minutes to remove the networks of many sandboxes, one by one."""
        self.process.stop(signal.SIGKILL)
        subprocess.run(["ip", "link", "delete", LINK], capture_output=True, check=False)  # unless it was quicker
        link = Path(f"/sys/class/net/{LINK}")
        until(lambda: not link.exists(), 30, f"the network interface {LINK} is gone")


def missing(programs: Sequence[str]) -> list[str]:
    """Which of these a real node needs and this machine lacks."""
    folders = [*os.get_exec_path(), "/usr/sbin", "/sbin", "/usr/lib/cni"]
    return [name for name in programs if not any((Path(folder) / name).exists() for folder in folders)]
