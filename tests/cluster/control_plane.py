"""A real Kubernetes control plane on loopback, with fake nodes and the real agent-sandbox controller."""

from __future__ import annotations

import shutil
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster.accounts import Accounts
from cluster.build import build
from cluster.client import Cluster
from cluster.components import FIRST_SERVICE, Components
from cluster.manifests import fake_nodes, kwok_stages, sandbox_crds, sandbox_rights
from cluster.ports import free_port
from cluster.process import Process
from cluster.programs import CONTROL_PLANE
from support.waiting import until


@dataclass(frozen=True)
class Release:
    """A release of agent-sandbox: the module that pins it, its program, and whether it knows webhooks.

    Of v1.0 there are the manifests' shape and no program: the newest one that can be had takes its place.
    """

    group: str
    program: str
    webhook_flag: bool


RELEASES = {
    "v0.5.6": Release("agent-sandbox", "agent-sandbox-controller", webhook_flag=True),
    "v1.0": Release("agent-sandbox", "agent-sandbox-controller", webhook_flag=True),
    "v0.4.6": Release("agent-sandbox-v0.4", "agent-sandbox-controller-v0.4", webhook_flag=False),
}


class ControlPlane(Cluster):
    """etcd, API server, controller manager, scheduler, KWOK and, unless `release` is None, agent-sandbox.

    A context manager: ready when entered, and gone, every process and file, when left. `users` are further users of
    the API server and their groups: without groups, a user may do nothing until RBAC says so. With release None the
    cluster has no agent-sandbox at all; install_sandbox_crds() and start_controller() bring it later.
    """

    address = "127.0.0.1"

    def __init__(
        self, nodes: int = 20, release: str | None = "v0.5.6", users: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        self.nodes = nodes
        self.release = release
        self.users = users or {}
        self.processes: dict[str, Process] = {}
        self.seconds = 0.0
        """How long the start took."""

    def __enter__(self) -> Self:
        build(self.programs())
        started = time.monotonic()
        self.folder = Path(tempfile.mkdtemp(prefix="agent-sandbox-cluster-"))
        try:
            self.start()
        except BaseException:
            print(self.logs(), file=sys.stderr)
            self.stop()
            raise
        self.seconds = time.monotonic() - started
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def programs(self) -> list[str]:
        """What must be built."""
        released = [RELEASES[self.release].program] if self.release else []
        return [name for name in CONTROL_PLANE if name != "agent-sandbox-controller"] + released

    def start(self) -> None:
        """Brings everything up, in order, each step with a deadline."""
        port = free_port()
        hosts = (self.address, "localhost", FIRST_SERVICE, "kubernetes", "kubernetes.default.svc")
        self.server = f"https://{self.address}:{port}"
        self.accounts = Accounts(self.folder / "accounts", self.server, hosts, self.users)
        self.components = Components(self.folder, self.accounts, self.address, port, self.wrap)
        super().__init__(self.accounts.kubeconfig("admin"))
        self.run(self.components.etcd())
        until(lambda: answers(f"{self.components.store}/health"), 30, "etcd is healthy")
        self.run(self.components.apiserver())
        self.wait_for_apiserver()
        self.run(self.components.controller_manager())
        self.run(self.components.scheduler())
        self.start_nodes()
        until(lambda: bool(self.names("serviceaccounts")), 60, "the default service account exists")
        if self.release:
            self.install_sandbox_crds(self.release)
            self.start_controller(self.release)

    def wrap(self, *command: str) -> list[str]:
        """The command that runs `command` where the programs run: here."""
        return list(command)

    def start_nodes(self) -> None:
        """Adds the fake nodes and waits until they are ready."""
        if not self.nodes:
            return
        self.run(self.components.kwok(kwok_stages()))
        self.apply(*fake_nodes(self.nodes))
        self.kubectl("wait", "node", "--all", "--for=condition=Ready", "--timeout=60s", timeout=70)

    def stop(self) -> None:
        """Ends every process, the last started first, and removes the files."""
        for process in reversed(self.processes.values()):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, process: Process) -> None:
        """Starts a process that stop() will end."""
        self.processes[process.name] = process
        process.start()

    def install_sandbox_crds(self, release: str = "v0.5.6") -> None:
        """agent-sandbox's CRDs and its controller's rights; returns when the API serves the kinds."""
        group = RELEASES[release].group
        crds = sandbox_crds(group)
        self.apply(*crds)
        names = [f"crd/{crd['metadata']['name']}" for crd in crds]
        self.kubectl("wait", *names, "--for=condition=Established", "--timeout=30s")
        self.apply(*sandbox_rights(group))

    def start_controller(self, release: str | None = None) -> None:
        """Starts agent-sandbox's controller, with the ports and data it had before; returns when it is ready."""
        process = self.processes.get("controller")
        if process is None:
            chosen = RELEASES[release or self.release or "v0.5.6"]
            build([chosen.program])
            process = self.components.sandbox_controller(chosen.program, chosen.webhook_flag)
            self.processes["controller"] = process
        process.start()
        probe = f"http://{self.address}:{self.components.probe_port}/readyz"
        until(lambda: self.controller_ready(probe), 60, "the agent-sandbox controller is ready", process.tail)

    def controller_ready(self, probe: str) -> bool:
        """Whether it serves its probe. Raises DiedError when it has ended."""
        self.processes["controller"].check()
        return answers(probe)

    def stop_controller(self) -> None:
        """Kills agent-sandbox's controller."""
        self.processes["controller"].stop()

    def start_apiserver(self) -> None:
        """Starts the API server again, on the same port and data; returns when it is ready."""
        self.processes["kube-apiserver"].start()
        self.wait_for_apiserver()

    def stop_apiserver(self) -> None:
        """Kills the API server: its connections break, what etcd holds stays."""
        self.processes["kube-apiserver"].stop()

    def pause_etcd(self) -> None:
        """Stops etcd's clock: the API server goes on answering, late and with errors."""
        self.processes["etcd"].pause()

    def resume_etcd(self) -> None:
        """Lets etcd go on."""
        self.processes["etcd"].resume()

    def wait_for_apiserver(self) -> None:
        """Returns when the API server says that it is ready; raises NotInTimeError after 120 s."""
        trust = ssl.create_default_context(cafile=str(self.accounts.file("ca.crt")))

        def ready() -> bool:
            self.processes["kube-apiserver"].check()
            return answers(f"{self.server}/readyz", trust)

        until(ready, 120, "kube-apiserver is ready", self.processes["kube-apiserver"].tail)

    def check(self) -> None:
        """Raises DiedError if a program has ended that nobody stopped."""
        for process in self.processes.values():
            process.check()

    def logs(self, lines: int = 12) -> str:
        """The end of every program's log."""
        return "\n".join(process.tail(lines) for process in self.processes.values())

    @property
    def pids(self) -> list[int]:
        """Every process that was ever started here."""
        return [pid for process in self.processes.values() for pid in process.pids]


def answers(url: str, trust: ssl.SSLContext | None = None) -> bool:
    """Whether a GET is answered with a 2xx within 2 s."""
    try:
        with urllib.request.urlopen(url, timeout=2, context=trust):
            return True
    except (urllib.error.URLError, OSError):
        return False
