use agent_sandbox_common::clock::timestamp;
use serde_json::{Value, json};

/// A node as it registers itself.
pub fn node(index: u32, pods: u32) -> Value {
    let now = timestamp().to_string();
    let name = format!("node-{index:04}");
    let capacity = json!({ "cpu": "64", "memory": "256Gi", "pods": pods.to_string(), "ephemeral-storage": "100Gi" });
    json!({
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64", "node.kubernetes.io/instance-type": "simulated" } },
        "spec": {},
        "status": { "capacity": capacity, "allocatable": capacity,
            "addresses": [{ "type": "Hostname", "address": name }],
            "nodeInfo": { "kubeletVersion": "v1.33.0", "osImage": "simulated", "kernelVersion": "6.6.0",
                "containerRuntimeVersion": "containerd://2.1.0", "architecture": "amd64", "operatingSystem": "linux",
                "bootID": "", "machineID": "", "systemUUID": "", "kubeProxyVersion": "" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status", "lastHeartbeatTime": now, "lastTransitionTime": now }] },
    })
}
