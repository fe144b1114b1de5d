use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::api::ShutdownPolicy;

use super::claim_spec::{ClaimSpec, Lifecycle};
use super::collect;
use super::controllers::Controllers;
use super::status::{BoundSandbox, ClaimStatus, Condition, set_condition};
use super::timers::Task;
use crate::kinds::{CLAIMS, SANDBOXES};
use crate::store::{Event, Key, Object, Timestamp};

impl Controllers {
    /// Notes when a claim expires, where that may have changed.
    pub(super) fn plan_expiry(&mut self, event: &Event) {
        let sections = |object: &Object| [object.section("spec").cloned(), object.section("status").cloned()];
        let same = |before: &Object| {
            sections(before).iter().zip(sections(&event.object)).all(|pair| match pair {
                (Some(before), Some(after)) => Arc::ptr_eq(before, &after),
                (before, after) => before.is_none() && after.is_none(),
            })
        };
        if !has_lifecycle(&event.object) || event.previous.as_deref().is_some_and(same) {
            return;
        }
        let spec: ClaimSpec = event.object.parse_as("spec");
        if let Some(at) = expires_at(&spec.lifecycle, &event.object) {
            let now = self.store.lock().clock.wall();
            let left = Duration::try_from(jiff::Timestamp::from_second(at.0).unwrap_or(now).duration_since(now));
            self.after(left.unwrap_or_default(), Task::Expire(event.key()));
        }
    }

    /// Expires a claim whose time is up: first its condition, then by its policy the claim or its sandbox is deleted.
    pub(super) fn expire(&mut self, key: &Key) {
        let store = self.store.clone();
        let mut state = store.lock();
        let Some(claim) = state.get(CLAIMS, key).cloned() else { return };
        let spec: ClaimSpec = claim.parse_as("spec");
        let mut status: ClaimStatus = claim.parse_as("status");
        if !is_due(&claim, state.now()) || status.is_expired() || claim.metadata.deletion_timestamp.is_some() {
            return;
        }
        let message = "Claim expired. Sandbox cleanup initiated.";
        let expired = Condition::ready(false, "ClaimExpired", message, claim.metadata.generation, state.now());
        set_condition(&mut status.conditions, expired);
        let sandbox = std::mem::take(&mut status.sandbox);
        let kept = BoundSandbox { name: sandbox.name.clone(), pod_ips: sandbox.pod_ips };
        state.update(CLAIMS, key, |claim| claim.set("status", &ClaimStatus { sandbox: kept, ..status.clone() }));
        let policy = spec.lifecycle.shutdown_policy.unwrap_or(ShutdownPolicy::Retain);
        self.recorder.expired(&mut state, &claim, policy);
        match policy {
            ShutdownPolicy::Delete => collect::delete(&mut state, CLAIMS, key),
            ShutdownPolicy::DeleteForeground => {
                let now = state.now();
                state.update(CLAIMS, key, |claim| {
                    claim.metadata.finalizers.push("foregroundDeletion".into());
                    claim.metadata.deletion_timestamp = Some(now);
                });
            }
            ShutdownPolicy::Retain => {
                collect::delete(&mut state, SANDBOXES, &Key::new(key.namespace.clone(), sandbox.name));
                state.update(CLAIMS, key, |claim| claim.set("status", &status));
            }
        }
    }
}

/// Whether a claim's time is up.
pub fn is_due(claim: &Object, now: Timestamp) -> bool {
    has_lifecycle(claim)
        && expires_at(&claim.parse_as::<ClaimSpec>("spec").lifecycle, claim).is_some_and(|at| at <= now)
}

/// Most claims have none, and are not parsed for it.
fn has_lifecycle(claim: &Object) -> bool {
    claim.section("spec").is_some_and(|spec| spec.get().contains("\"lifecycle\""))
}

/// The earlier of the time set and the time after the sandbox finished.
fn expires_at(lifecycle: &Lifecycle, claim: &Object) -> Option<Timestamp> {
    let after_finished = lifecycle.ttl_seconds_after_finished.and_then(|ttl| {
        let status: ClaimStatus = claim.parse_as("status");
        let finished = status.conditions.iter().find(|c| c.r#type == "Finished" && c.status == "True")?;
        Some(Timestamp(finished.last_transition_time.0.saturating_add(ttl)))
    });
    [lifecycle.shutdown_time, after_finished].into_iter().flatten().min()
}
