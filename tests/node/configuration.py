"""The configuration files of a node's programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cluster.accounts import Accounts
from node.images import PAUSE

PODS = "10.244.0.0/22"
CGROUP = "/agent-sandbox-node"
CNI_PLUGINS = "/usr/lib/cni"  # where Debian's containernetworking-plugins puts them

CONTAINERD = """\
version = 3
root = "{folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause}"
[plugins."io.containerd.cri.v1.runtime"]
# Without CAP_SYS_RESOURCE, as in many containers, negative OOM scores are refused.
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{plugins}"]
conf_dir = "{folder}/cni"
[plugins."io.containerd.cri.v1.runtime".containerd]
default_runtime_name = "runc"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc]
runtime_type = "io.containerd.runsc.v1"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runsc.options]
TypeUrl = "io.containerd.runsc.v1.options"
ConfigPath = "{folder}/runsc.toml"
"""

# systrap needs no virtualization; cgroups are left to containerd: version 1 of them is not gVisor's any more.
RUNSC = '[runsc_config]\nplatform = "systrap"\nignore-cgroups = "true"\n'


def cni(folder: Path) -> dict[str, Any]:
    """Pods on one bridge."""
    ranges = [[{"subnet": PODS}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}], "dataDir": f"{folder}/addresses"}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "hairpinMode": True, "ipam": ipam}
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, portmap]}


def kubelet(folder: Path, accounts: Accounts) -> dict[str, Any]:
    """A kubelet that takes the machine as it is: swap, cgroups of version 1, a disk that is nearly full."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": CGROUP,
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "tlsCertFile": str(accounts.file("server.crt")),
        "tlsPrivateKeyFile": str(accounts.file("server.key")),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(accounts.file("ca.crt"))},
        },
        "authorization": {"mode": "AlwaysAllow"},  # whoever has a certificate of this authority
        "volumePluginDir": f"{folder}/volume-plugins",
        "maxPods": 200,
        "registryPullQPS": 0,
        "podsPerCore": 0,
    }


def kube_proxy(kubeconfig: Path) -> dict[str, Any]:
    """A kube-proxy that leaves the kernel's connection tracking as it is: that is this machine's."""
    untouched = {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        "mode": "iptables",
        "clusterCIDR": PODS,
        "conntrack": untouched,
        "oomScoreAdj": 0,
    }


def write(folder: Path, accounts: Accounts, proxy_user: str) -> None:
    """Writes all of them to `folder`."""
    (folder / "cni").mkdir()
    containerd = CONTAINERD.format(folder=folder, pause=PAUSE, plugins=CNI_PLUGINS)
    files = {
        "containerd.toml": containerd,
        "runsc.toml": RUNSC,
        "cni/10-pods.conflist": json.dumps(cni(folder)),
        "kubelet.json": json.dumps(kubelet(folder, accounts)),
        "kube-proxy.json": json.dumps(kube_proxy(accounts.kubeconfig(proxy_user))),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
