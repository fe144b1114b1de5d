use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::collect;
use super::controllers::Controllers;
use super::status::{Condition, SandboxStatus, set_condition};
use crate::kinds::{CLAIMS, PODS, SANDBOXES};
use crate::naming::name_hash;
use crate::store::{
    Change, Event, Key, Metadata, Object, OwnerReference, State, StringMap, is_ready, is_suspended, node_name,
};
use agent_sandbox_common::api::{FinalReason, TransientReason};
use agent_sandbox_common::release::Traits;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SandboxSpec {
    pod_template: PodTemplate,
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
        let spec = |object: &Object| object.section("spec").map(|spec| spec.get().to_owned());
        let wanted = match (event.change, &event.previous) {
            (Change::Added, _) => true,
            (Change::Modified, Some(previous)) => {
                previous.metadata.generation != event.object.metadata.generation
                    && spec(previous) != spec(&event.object)
            }
            _ => false,
        };
        if wanted {
            self.reconcile_sandbox(&event.key());
        }
        if event.change == Change::Deleted {
            self.files.forget(&event.object.metadata.uid);
        }
        if event.change == Change::Deleted || (event.change == Change::Modified && event.changes_status()) {
            self.sandbox_of_claim_changed(&event.object);
        }
    }

    /// Makes the sandbox's pod, or removes it where the sandbox is suspended.
    fn reconcile_sandbox(&mut self, key: &Key) {
        let mut state = self.store.lock();
        let Some(sandbox) = state.get(SANDBOXES, key).cloned() else { return };
        let spec: SandboxSpec = sandbox.parse_as("spec");
        let has_pod = state.get(PODS, key).is_some();
        if is_suspended(&sandbox) {
            collect::delete(&mut state, PODS, key);
        } else if !has_pod && sandbox.metadata.deletion_timestamp.is_none() {
            let given = spec.pod_template.spec.as_deref().map_or("{}", RawValue::get);
            let pod_spec = match self.pod_specs.admit(given) {
                Ok(pod_spec) => pod_spec,
                Err(fault) => return refuse(&mut state, key, &fault, &self.traits),
            };
            let pod = pod(&state, &sandbox, spec.pod_template.metadata, pod_spec);
            state.create(PODS, pod);
        }
        update_status(&mut state, key, &self.traits);
    }

    /// Copies a pod's state into its sandbox. When the pod is gone, the sandbox may need a new one. Of a million
    /// sandboxes some get the name of another whose pod has not ended yet, and wait for that name.
    pub(super) fn pod_of_sandbox_changed(&mut self, pod: &Object, gone: bool) {
        if self.is_unwatched(SANDBOXES) {
            return;
        }
        let Some(owner) = pod.metadata.controlled_by().filter(|owner| &*owner.kind == "Sandbox") else { return };
        let key = Key::new(pod.metadata.namespace.clone(), owner.name.clone());
        if gone {
            self.reconcile_sandbox(&key);
        } else {
            update_status(&mut self.store.lock(), &key, &self.traits);
        }
    }

    /// The claim of the sandbox is reconciled.
    fn sandbox_of_claim_changed(&mut self, sandbox: &Object) {
        let Some(owner) = sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxClaim") else {
            return;
        };
        let key = Key::new(sandbox.metadata.namespace.clone(), owner.name.clone());
        let claim = self.store.lock().get(CLAIMS, &key).filter(|claim| claim.metadata.uid == owner.uid).cloned();
        if let Some(claim) = claim {
            self.queue_claim(&claim);
        }
    }
}

/// Writes into the status of a sandbox why its pod cannot be.
fn refuse(state: &mut State, key: &Key, fault: &str, traits: &Traits) {
    let Some(sandbox) = state.get(SANDBOXES, key).cloned() else { return };
    let (generation, now) = (sandbox.metadata.generation, state.now());
    let reason = if traits.gives_up_invalid_pods {
        FinalReason::InvalidConfiguration.name()
    } else {
        TransientReason::ReconcilerError.name()
    };
    let message = format!("Error seen: Pod {:?} is invalid: {fault}", key.name);
    let mut status: SandboxStatus = sandbox.parse_as("status");
    let before = status.clone();
    set_condition(&mut status.conditions, Condition::ready(false, reason, &message, generation, now));
    if status != before {
        state.update(SANDBOXES, key, |sandbox| sandbox.set("status", &status));
    }
}

fn pod(state: &State, sandbox: &Object, template: TemplateMetadata, spec: Arc<RawValue>) -> Object {
    let mut pod = Object::new(Metadata {
        name: sandbox.metadata.name.clone(),
        namespace: sandbox.metadata.namespace.clone(),
        labels: template.labels,
        annotations: template.annotations,
        owner_references: vec![OwnerReference::to_controller(
            state.kind(SANDBOXES).preferred(),
            "Sandbox",
            &sandbox.metadata,
        )],
        ..Metadata::default()
    });
    pod.metadata.labels.insert(NAME_HASH, name_hash(&sandbox.metadata.name));
    pod.set_json("spec", Some(spec));
    pod.set("status", &json!({ "phase": "Pending" }));
    pod
}

/// Computes a sandbox's status from its pod; writes it where it changed.
fn update_status(state: &mut State, key: &Key, traits: &Traits) {
    let Some(sandbox) = state.get(SANDBOXES, key).cloned() else { return };
    let pod = state.get(PODS, key).cloned();
    let mut status: SandboxStatus = sandbox.parse_as("status");
    let before = status.clone();
    status.selector = format!("{NAME_HASH}={}", name_hash(&key.name));
    let its: PodStatus = pod.as_ref().map(|pod| pod.parse_as("status")).unwrap_or_default();
    let suspended = is_suspended(&sandbox);
    let (is, reason, message) = match (&pod, suspended) {
        (pod, true) if !traits.says_suspended => stands_still(pod.is_none()),
        (pod, _) => readiness(pod.as_deref(), &its, suspended),
    };
    status.pod_ips = its.pod_ips.into_iter().map(|ip| ip.ip).collect();
    status.node_name = pod.as_ref().map(|pod| node_name(pod)).unwrap_or_default();
    let (generation, now) = (sandbox.metadata.generation, state.now());
    let condition = |name: &str, is, reason: &str, message: &str| Condition {
        r#type: name.into(),
        ..Condition::ready(is, reason, message, generation, now)
    };
    set_condition(&mut status.conditions, Condition::ready(is, reason, &message, generation, now));
    let gone = suspended && pod.is_none();
    let (reason, message) = match (suspended, gone) {
        (false, _) => ("NotSuspended", "Sandbox is not suspended"),
        (true, true) => ("PodTerminated", "Pod has been terminated. Sandbox is suspended"),
        (true, false) => ("PodTerminating", "Pod is terminating. Sandbox is suspending"),
    };
    if traits.says_suspended {
        set_condition(&mut status.conditions, condition("Suspended", gone, reason, message));
    }
    if !status.node_name.is_empty() {
        set_condition(&mut status.conditions, condition("PodScheduled", true, "PodScheduled", ""));
    }
    if ["Failed", "Succeeded"].contains(&its.phase.as_str()) {
        let reason = format!("Pod{}", its.phase);
        set_condition(&mut status.conditions, condition("Finished", true, &reason, ""));
    }
    if status != before {
        state.update(SANDBOXES, key, |sandbox| sandbox.set("status", &status));
    }
}

/// Readiness of a suspended sandbox before there was a condition for that: it is Ready, with or without its pod.
fn stands_still(gone: bool) -> (bool, &'static str, String) {
    let message = if gone { "Pod does not exist, replicas is 0" } else { "Pod is Ready" };
    (true, "DependenciesReady", message.into())
}

/// Whether a sandbox is Ready, the reason, and a sentence.
fn readiness(pod: Option<&Object>, status: &PodStatus, suspended: bool) -> (bool, &'static str, String) {
    let not_ready = |message: String| (false, "DependenciesNotReady", message);
    match (pod, status.phase.as_str()) {
        (Some(_), _) if suspended => (false, "SandboxSuspended", "Sandbox is suspending".into()),
        (None, _) if suspended => (false, "SandboxSuspended", "Sandbox is suspended".into()),
        (None, _) => not_ready("Pod does not exist".into()),
        (Some(_), "Failed") => (false, "PodFailed", "Pod failed".into()),
        (Some(_), "Succeeded") => (false, "PodSucceeded", "Pod completed successfully".into()),
        (Some(pod), "Running") if is_ready(pod) => (true, "DependenciesReady", "Pod is Ready".into()),
        (Some(_), "Running") => not_ready("Pod is Running but not Ready".into()),
        (Some(_), phase) => not_ready(format!("Pod exists with phase: {phase}")),
    }
}
