use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::status::{Condition, SandboxStatus, set_condition};
use super::{Controllers, key_of, status_changed};
use crate::simulator::kinds::{CLAIMS, PODS, SANDBOXES};
use crate::simulator::store::{Change, Event, Key, Metadata, Object, OwnerReference, State, StringMap};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SandboxSpec {
    pod_template: PodTemplate,
    operating_mode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodTemplate {
    metadata: TemplateMetadata,
    spec: Option<Box<RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TemplateMetadata {
    labels: StringMap,
    annotations: StringMap,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PodStatus {
    phase: String,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<PodIp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodIp {
    ip: String,
}

/// The label by which a Sandbox selects its pod.
const NAME_HASH: &str = "agents.x-k8s.io/sandbox-name-hash";

impl Controllers {
    pub(super) fn sandbox_changed(&mut self, event: &Event) {
        self.count_member(event);
        let key = key_of(event);
        match event.change {
            Change::Added => self.begin_sandbox(&key),
            Change::Modified if status_changed(event) => self.tell_claim(&event.object),
            Change::Modified => {}
            Change::Deleted => self.tell_claim(&event.object),
        }
    }

    /// Makes the sandbox's pod.
    fn begin_sandbox(&mut self, key: &Key) {
        let mut state = self.store.lock();
        let Some(sandbox) = state.get(SANDBOXES, key).cloned() else { return };
        let spec: SandboxSpec = sandbox.parse_as("spec");
        if spec.operating_mode != "Suspended" && state.get(PODS, key).is_none() {
            let pod = pod(&sandbox, spec.pod_template);
            state.create(PODS, pod);
        }
        update_status(&mut state, key);
    }

    /// A pod's state goes into its sandbox's.
    pub(super) fn tell_sandbox(&mut self, pod: &Object) {
        let Some(owner) = pod.metadata.controlled_by().filter(|owner| &*owner.kind == "Sandbox") else { return };
        let key = Key::new(pod.metadata.namespace.clone(), owner.name.clone());
        update_status(&mut self.store.lock(), &key);
    }

    /// The claim a sandbox is bound to takes over what it says.
    fn tell_claim(&mut self, sandbox: &Object) {
        let Some(owner) = sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxClaim") else { return };
        let key = Key::new(sandbox.metadata.namespace.clone(), owner.name.clone());
        let claim = self.store.lock().get(CLAIMS, &key).filter(|claim| claim.metadata.uid == owner.uid).cloned();
        if let Some(claim) = claim {
            self.queue_claim(&claim);
        }
    }
}

fn pod(sandbox: &Object, template: PodTemplate) -> Object {
    let mut pod = Object::new(Metadata {
        name: sandbox.metadata.name.clone(),
        namespace: sandbox.metadata.namespace.clone(),
        labels: template.metadata.labels,
        annotations: template.metadata.annotations,
        owner_references: vec![OwnerReference {
            api_version: "agents.x-k8s.io/v1beta1".into(),
            kind: "Sandbox".into(),
            name: sandbox.metadata.name.clone(),
            uid: sandbox.metadata.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }],
        ..Metadata::default()
    });
    pod.metadata.labels.insert(NAME_HASH, name_hash(&sandbox.metadata.name));
    pod.set_json("spec", template.spec.map(Arc::from));
    pod
}

fn name_hash(name: &str) -> String {
    // FNV-1a of 32 bits, as Kubernetes hashes names.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

/// Computes a sandbox's status from its pod; writes it where it changed.
fn update_status(state: &mut State, key: &Key) {
    let Some(sandbox) = state.get(SANDBOXES, key).cloned() else { return };
    let pod = state.get(PODS, key).cloned();
    let mut status: SandboxStatus = sandbox.parse_as("status");
    let before = status.clone();
    status.selector = format!("{NAME_HASH}={}", name_hash(&key.name));
    let its: PodStatus = pod.as_ref().map(|pod| pod.parse_as("status")).unwrap_or_default();
    status.pod_ips = its.pod_ips.into_iter().map(|ip| ip.ip).collect();
    status.node_name = pod.as_ref().map(|pod| node_name(pod)).unwrap_or_default();
    let (is, reason, message) = match &pod {
        Some(pod) if crate::simulator::conditions::is_ready(pod) => (true, "DependenciesReady", "Pod is Ready"),
        Some(_) if its.phase == "Failed" => (false, "PodFailed", "Pod failed"),
        Some(_) if its.phase == "Succeeded" => (false, "PodSucceeded", "Pod succeeded"),
        Some(_) => (false, "DependenciesNotReady", "Pod is not Ready"),
        None => (false, "DependenciesNotReady", "Pod does not exist"),
    };
    let ready = Condition::ready(is, reason, message, sandbox.metadata.generation, state.now());
    set_condition(&mut status.conditions, ready);
    if status != before {
        state.update(SANDBOXES, key, |sandbox| sandbox.set("status", &status));
    }
}

/// The node a pod was bound to.
pub fn node_name(pod: &Object) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Spec {
        node_name: String,
    }
    pod.parse_as::<Spec>("spec").node_name
}

#[allow(unused)]
fn unused(_: Value) {}
