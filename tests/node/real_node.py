"""One real node: kubelet, containerd, runc, gVisor and kube-proxy, with a control plane, on this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from subprocess import CalledProcessError

from cluster.build import path_of_name
from cluster.client import KubectlError
from cluster.components import Components
from cluster.control_plane import RELEASES, ControlPlane
from cluster.manifests import Object, sandbox_folder
from cluster.programs import NODE
from node import cgroups, configuration, images
from node.images import Image
from node.machine import LINK, MACHINE, Machine, missing
from support.waiting import until

NAME = "node-0"
NODE_USER, PROXY_USER = f"system:node:{NAME}", "system:kube-proxy"
COORDINATOR = "coordinator"
"""Who holds no right but what tests give."""
NEEDED = ("runc", "iptables", "ip", "unshare", "nsenter", "bridge", "host-local", "portmap", "loopback")
GVISOR: Object = {
    "apiVersion": "node.k8s.io/v1",
    "kind": "RuntimeClass",
    "metadata": {"name": "gvisor"},
    "handler": "runsc",
}


class CannotError(Exception):
    """This machine cannot be a node; says why."""


class RealNode(ControlPlane):
    """A control plane and one node that really runs pods, under runc and under gVisor (RuntimeClass `gvisor`).

    Needs Linux, root, and Debian's runc, containernetworking-plugins, iptables, iproute2. Everything runs in a machine
    of its own within this one; nothing of it stays. No registry is reached: `images` are all there are. agent-sandbox
    is not installed: install_stack() does it, or what is being tested.
    """

    address = MACHINE

    def __init__(self, release: str = "v0.5.6") -> None:
        users = {NODE_USER: ("system:nodes",), PROXY_USER: (), COORDINATOR: ()}
        super().__init__(nodes=0, release=None, users=users)
        self.image_release = release
        """Of the controller's image."""

    def programs(self) -> list[str]:
        """What must be built. Raises CannotError where the rest is missing, before anything is."""
        if os.geteuid() != 0:
            raise CannotError("a real node needs root")
        lacking = missing(NEEDED)
        if lacking:
            packages = "runc containernetworking-plugins iptables iproute2 util-linux"
            raise CannotError(f"missing: {', '.join(lacking)}; on Debian: apt-get install {packages}")
        if Path(f"/sys/class/net/{LINK}").exists():
            raise CannotError(f"another test node runs here (network interface {LINK}): one at a time")
        return [*super().programs(), *NODE, RELEASES[self.image_release].program]

    def wrap(self, *command: str) -> list[str]:
        """In the machine."""
        return self.machine.command(*command)

    def start(self) -> None:
        """The machine, the control plane in it, the node's programs, and the node is ready."""
        self.machine = Machine(self.folder)
        self.machine.start()
        super().start()
        cgroups.make()
        configuration.write(self.folder, self.accounts, PROXY_USER)
        self.start_containerd(self.components)
        self.start_kubelet(self.components)
        self.kubectl("wait", f"node/{NAME}", "--for=condition=Ready", "--timeout=120s", timeout=130)
        self.apply(GVISOR)

    def start_containerd(self, components: Components) -> None:
        """containerd, with its shims and runsc on its PATH, and all images."""
        found = self.folder / "bin"
        found.mkdir()
        for name in NODE:
            (found / name).symlink_to(path_of_name(name))
        path = f"{found}:{os.environ['PATH']}:/usr/sbin:/sbin"
        config = f"--config={self.folder / 'containerd.toml'}"
        self.run(components.process("containerd", config, environment={"PATH": path}))
        until(self.containerd_answers, 60, "containerd answers", self.processes["containerd"].tail)
        for image in self.own_images():
            self.import_image(image)

    def start_kubelet(self, components: Components) -> None:
        """kubelet and kube-proxy; returns when the node has registered."""
        kubelet = (
            f"--config={self.folder / 'kubelet.json'}",
            f"--kubeconfig={self.accounts.kubeconfig(NODE_USER)}",
            f"--root-dir={self.folder / 'kubelet'}",
            f"--hostname-override={NAME}",
            f"--node-ip={self.address}",
        )
        proxy = (f"--config={self.folder / 'kube-proxy.json'}", f"--hostname-override={NAME}")
        self.run(components.process("kubelet", *kubelet))
        self.run(components.process("kube-proxy", *proxy))
        until(self.registered, 120, f"{NAME} has registered", self.processes["kubelet"].tail)

    def registered(self) -> bool:
        """Whether the API server knows the node. Raises DiedError."""
        self.check()
        return f"node/{NAME}" in self.names("nodes")

    def ctr(self, *words: str) -> str:
        """Runs containerd's own client. Raises CalledProcessError."""
        return self.machine.call(str(path_of_name("ctr")), "--namespace=k8s.io", *words)

    def containerd_answers(self) -> bool:
        """Whether it serves. Raises DiedError."""
        self.processes["containerd"].check()
        try:
            return bool(self.ctr("version"))
        except CalledProcessError:
            return False

    def own_images(self) -> list[Image]:
        """What is there to run."""
        sandbox = path_of_name("sandbox")
        controller = path_of_name(RELEASES[self.image_release].program)
        return [images.pause(sandbox), images.sandbox(sandbox), images.controller(controller, self.image_release)]

    def import_image(self, image: Image) -> None:
        """Gives the node an image."""
        file = self.folder / "image.tar"
        image.archive(file)
        self.ctr("images", "import", str(file))
        file.unlink()

    def install_stack(self) -> None:
        """agent-sandbox as its release ships it, in the cluster, with only the image's name filled in."""
        source = sandbox_folder(RELEASES[self.image_release].group)
        copy = self.folder / "k8s"
        shutil.copytree(source, copy, copy_function=shutil.copyfile)
        name = self.own_images()[-1].name
        rendered = self.kubectl("kustomize", str(copy))
        placeholder = "ko://sigs.k8s.io/agent-sandbox/cmd/agent-sandbox-controller"
        manifest = rendered.replace(placeholder, name)
        self.kubectl("apply", "--server-side", "-f", "-", stdin=manifest)
        rollout = ("rollout", "status", "deployment/agent-sandbox-controller", "-n", "agent-sandbox-system")
        try:
            self.kubectl(*rollout, "--timeout=120s", timeout=130)
        except KubectlError as error:
            raise KubectlError(f"{error}\n{self.pods('agent-sandbox-system')}") from error

    def stop(self) -> None:
        """Ends the machine and all in it, then removes the files."""
        self.machine.stop()
        super().stop()
        cgroups.remove()


def pod(runtime: str | None = "gvisor") -> Object:
    """The spec of a sandbox's pod that runs here: its server on port 8888."""
    container = {
        "name": "sandbox",
        "image": images.SANDBOX,
        "ports": [{"containerPort": 8888}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8888}, "periodSeconds": 1},
    }
    return {"containers": [container], **({"runtimeClassName": runtime} if runtime else {})}
