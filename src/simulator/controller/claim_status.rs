use super::status::{BoundSandbox, ClaimStatus, Condition, SandboxStatus, set_condition};
use crate::kinds::{CLAIMS, SANDBOXES};
use crate::store::{Key, Object, State};
use agent_sandbox_common::api::key;

/// Whether the claim names a sandbox.
pub fn is_bound(claim: &Object) -> bool {
    claim.section("status").is_some() && !claim.parse_as::<ClaimStatus>("status").sandbox.name.is_empty()
}

/// Copies the conditions of the claim's sandbox into the claim and, where asked, notes when it was Ready first.
pub fn forward(state: &mut State, key: &Key, notes_first_ready: bool) {
    let Some(claim) = state.get(CLAIMS, key).cloned() else { return };
    let mut status: ClaimStatus = claim.parse_as("status");
    let before = status.clone();
    if status.is_expired() {
        return;
    }
    let name = claim.metadata.annotations.get(key::SANDBOX_NAME).unwrap_or(&claim.metadata.name);
    let sandbox = state.get(SANDBOXES, &Key::new(key.namespace.clone(), name)).cloned();
    let not_ready = |reason, message| Condition::ready(false, reason, message, claim.metadata.generation, state.now());
    if let Some(sandbox) = &sandbox {
        let its: SandboxStatus = sandbox.parse_as("status");
        let ready = its.condition("Ready").cloned();
        set_condition(
            &mut status.conditions,
            ready.unwrap_or_else(|| not_ready("SandboxNotReady", "Sandbox is not ready")),
        );
        if let Some(finished) = its.condition("Finished") {
            set_condition(&mut status.conditions, finished.clone());
        }
        status.sandbox = BoundSandbox { name: sandbox.metadata.name.to_string(), pod_ips: its.pod_ips };
    } else {
        set_condition(&mut status.conditions, not_ready("SandboxMissing", "Sandbox does not exist"));
        status.sandbox = BoundSandbox::default();
    }
    if status != before {
        state.update(CLAIMS, key, |claim| claim.set("status", &status));
    }
    if notes_first_ready && status.is_ready() && !claim.metadata.annotations.contains_key(key::CLAIM_FIRST_READY_AT) {
        let ready_at = state.clock.wall().to_string();
        state.update(CLAIMS, key, |claim| claim.metadata.annotations.insert(key::CLAIM_FIRST_READY_AT, ready_at));
    }
}

/// Sets the claim's condition Ready to False, with the reason why it has no sandbox.
pub fn fail(state: &mut State, key: &Key, reason: &str, message: &str) {
    let Some(claim) = state.get(CLAIMS, key).cloned() else { return };
    let mut status: ClaimStatus = claim.parse_as("status");
    let before = status.clone();
    let ready = Condition::ready(false, reason, message, claim.metadata.generation, state.now());
    set_condition(&mut status.conditions, ready);
    if status != before {
        state.update(CLAIMS, key, |claim| claim.set("status", &status));
    }
}
