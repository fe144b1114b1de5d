"""The command line of each program of a control plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cluster.accounts import CONTROLLER, Accounts
from cluster.build import path_of_name
from cluster.ports import free_port
from cluster.process import Process

SERVICES = "10.96.0.0/16"
FIRST_SERVICE = "10.96.0.1"  # where pods find the API server
AUDIT_LOG = "audit.log"


@dataclass
class Components:
    """Makes the processes, none of them started; logs and data go to `folder`.

    `wrap` makes a command run where the programs are to run.
    """

    folder: Path
    accounts: Accounts
    address: str
    port: int
    wrap: Callable[..., list[str]]

    def process(self, program: str, *arguments: str, environment: dict[str, str] | None = None) -> Process:
        """A process of a built program."""
        command = self.wrap(str(path_of_name(program)), *arguments)
        return Process(program, command, self.folder / f"{program}.log", environment)

    def etcd(self) -> Process:
        """Keeps its data in `folder`; does not wait for the disk: nothing here outlives a power cut anyway."""
        self.store = f"http://{self.address}:{free_port()}"
        peers = f"http://{self.address}:{free_port()}"
        return self.process(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={self.store}",
            f"--advertise-client-urls={self.store}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        )

    def apiserver(self) -> Process:
        """Accepts tokens and client certificates; RBAC decides. After etcd()."""
        accounts = self.accounts
        return self.process(
            "kube-apiserver",
            f"--etcd-servers={self.store}",
            f"--bind-address={self.address}",
            f"--advertise-address={self.address}",
            f"--secure-port={self.port}",
            f"--tls-cert-file={accounts.file('server.crt')}",
            f"--tls-private-key-file={accounts.file('server.key')}",
            f"--client-ca-file={accounts.file('ca.crt')}",
            f"--token-auth-file={accounts.file('tokens.csv')}",
            "--authorization-mode=Node,RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={accounts.file('service-account.key')}",
            f"--service-account-signing-key-file={accounts.file('service-account.key')}",
            f"--service-cluster-ip-range={SERVICES}",
            # The Service `kubernetes` may not lead to loopback; the API server would complain for ever.
            *(["--endpoint-reconciler-type=none"] if self.address.startswith("127.") else []),
            "--allow-privileged",
            f"--kubelet-client-certificate={accounts.file('admin.crt')}",
            f"--kubelet-client-key={accounts.file('admin.key')}",
            f"--kubelet-certificate-authority={accounts.file('ca.crt')}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--audit-policy-file={self.audit_policy()}",
            f"--audit-log-path={self.folder / AUDIT_LOG}",
        )

    def audit_policy(self) -> Path:
        """Logs what agent-sandbox's controller asks, once it is answered, and nothing of anybody else."""
        rule = {"level": "Metadata", "users": [CONTROLLER]}
        policy = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [rule]}
        file = self.folder / "audit-policy.json"
        file.write_text(json.dumps(policy))
        return file

    def controller_manager(self) -> Process:
        """Garbage collection, namespaces, service accounts and the rest; nothing of a cloud."""
        return self.process(
            "kube-controller-manager",
            f"--kubeconfig={self.accounts.kubeconfig('controller-manager')}",
            "--leader-elect=false",
            "--secure-port=0",
            "--controllers=*,-nodeipam,-route,-service-lb-controller,-cloud-node-lifecycle-controller",
            f"--service-account-private-key-file={self.accounts.file('service-account.key')}",
            f"--root-ca-file={self.accounts.file('ca.crt')}",
        )

    def scheduler(self) -> Process:
        """Gives pods their nodes."""
        kubeconfig = self.accounts.kubeconfig("scheduler")
        return self.process("kube-scheduler", f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0")

    def kwok(self, stages: str) -> Process:
        """Plays the nodes that are annotated as fake, and the pods on them."""
        file = self.folder / "stages.yaml"
        file.write_text(stages)
        return self.process(
            "kwok",
            f"--kubeconfig={self.accounts.kubeconfig('kwok')}",
            f"--config={file}",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--node-lease-duration-seconds=40",
            "--cidr=10.128.0.0/16",  # pod addresses; no packet goes there
        )

    def sandbox_controller(self, program: str, webhook_flag: bool) -> Process:
        """agent-sandbox's controller, outside the cluster, with only the rights that its release ships."""
        self.metrics_port, self.probe_port = free_port(), free_port()
        return self.process(
            program,
            "--extensions",
            "--leader-elect=false",
            f"--metrics-bind-address={self.address}:{self.metrics_port}",
            f"--health-probe-bind-address={self.address}:{self.probe_port}",
            *(["--enable-webhook=false"] if webhook_flag else []),  # unknown before v0.5.2
            environment={"KUBECONFIG": str(self.accounts.kubeconfig(CONTROLLER))},
        )
