"""Which programs a test cluster is made of, and from which pinned Go module each is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent / "modules"

KUBERNETES = ("1.36.3", "1", "36")


@dataclass(frozen=True)
class Patch:
    """One textual change to a module's source, for what cannot be configured."""

    module: str
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Program:
    """A Go program: the folder of its go.mod under modules/, and its package."""

    name: str
    group: str
    package: str
    link: tuple[str, ...] = ()
    """NAME=VALUE pairs for the linker's -X."""
    tags: tuple[str, ...] = ()
    """Of the build."""
    patch: Patch | None = None

    @property
    def folder(self) -> Path:
        """Where its go.mod and go.sum are."""
        return MODULES / self.group

    @property
    def flags(self) -> list[str]:
        """What `go build` is given."""
        values = "".join(f" -X {value}" for value in self.link)
        tags = [f"-tags={','.join(self.tags)}"] if self.tags else []
        return ["-trimpath", "-mod=readonly", f"-ldflags=-s -w{values}", *tags]


def kubernetes(name: str) -> Program:
    """A program of Kubernetes itself; without the linker's values it calls itself v0.0.0."""
    version, major, minor = KUBERNETES
    prefix = "k8s.io/component-base/version"
    link = (f"{prefix}.gitVersion=v{version}", f"{prefix}.gitMajor={major}", f"{prefix}.gitMinor={minor}")
    return Program(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", link)


def helper(name: str) -> Program:
    """A small program of our own."""
    return Program(name, "helpers", f"./{name}")


def client(name: str) -> Program:
    """A program of our own that is a client of Kubernetes, or knows its types."""
    return Program(name, "client", f"./{name}")


def containerd(name: str) -> Program:
    """A program of containerd."""
    return Program(name, "containerd", f"github.com/containerd/containerd/v2/cmd/{name}")


CONTROLLER = "sigs.k8s.io/agent-sandbox/cmd/agent-sandbox-controller"

# The shim gives itself OOM score -999, and dies where CAP_SYS_RESOURCE is missing (containers, small machines).
SHIM_PATCH = Patch(
    module="gvisor.dev/gvisor",
    file="pkg/shim/v1/manager.go",
    old="oomScoreMax = -999",
    new="oomScoreMax = 0",
)

ALL = (
    helper("certificates"),
    helper("sandbox"),
    client("messages"),
    client("protobuf"),
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    kubernetes("kube-apiserver"),
    kubernetes("kube-controller-manager"),
    kubernetes("kube-scheduler"),
    kubernetes("kubelet"),
    kubernetes("kube-proxy"),
    kubernetes("kubectl"),
    Program("benchstat", "perf", "golang.org/x/perf/cmd/benchstat"),
    # Without the discovery of any cloud's targets: nothing is scraped, and their libraries are most of the build.
    Program("prometheus", "prometheus", "github.com/prometheus/prometheus/cmd/prometheus", tags=("remove_all_sd",)),
    Program("helm", "helm", "helm.sh/helm/v3/cmd/helm"),
    Program("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    Program("agent-sandbox-controller", "agent-sandbox", CONTROLLER),
    Program("agent-sandbox-stress", "agent-sandbox", "sigs.k8s.io/agent-sandbox/test/stress"),
    Program("agent-sandbox-controller-v0.4", "agent-sandbox-v0.4", CONTROLLER),
    containerd("containerd"),
    containerd("containerd-shim-runc-v2"),
    containerd("ctr"),
    Program("runsc", "gvisor", "gvisor.dev/gvisor/runsc"),
    Program("containerd-shim-runsc-v1", "gvisor", "gvisor.dev/gvisor/shim", patch=SHIM_PATCH),
)

CONTROL_PLANE = (
    "certificates",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "agent-sandbox-controller",
)

NODE = (
    "sandbox",
    "kubelet",
    "kube-proxy",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "runsc",
    "containerd-shim-runsc-v1",
)


def named(name: str) -> Program:
    """The program of that name."""
    found = next((program for program in ALL if program.name == name), None)
    if found is None:
        raise ValueError(f"{name}: no such program; there are {', '.join(program.name for program in ALL)}")
    return found
