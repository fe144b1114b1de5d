use std::sync::Arc;

use super::claim_queue::ClaimId;
use super::claim_status::{forward, is_bound};
use super::controllers::Controllers;
use super::expiry::is_due;
use super::timers::Task;
use crate::kinds::CLAIMS;
use crate::store::{Change, Event, Object, State};
use agent_sandbox_common::api::key;

impl Controllers {
    pub(super) fn claim_changed(&mut self, event: &Event) {
        match event.change {
            Change::Added => {
                self.plan_expiry(event);
                self.queue_claim(&event.object);
            }
            Change::Modified => self.plan_expiry(event),
            Change::Deleted => {}
        }
    }

    /// Puts a claim in the queue of the workers, unless it is there.
    pub(super) fn queue_claim(&mut self, claim: &Object) {
        if self.claims.add(ClaimId::of(claim)) {
            self.work_on_claims();
        }
    }

    /// A claim that waited is due again.
    pub(super) fn retry_claim(&mut self, id: &ClaimId) {
        let claim = current(&self.store.lock(), id);
        if let Some(claim) = claim {
            self.queue_claim(&claim);
        }
    }

    /// Gives idle workers what waits.
    fn work_on_claims(&mut self) {
        while let Some(claim) = self.claims.take() {
            self.begin_claim(claim);
        }
    }

    /// A worker takes up a claim. Where it has nothing to do it is only freed: [`Self::work_on_claims`] gives it the
    /// next one, for thousands may end as they begin.
    fn begin_claim(&mut self, id: ClaimId) {
        let store = self.store.clone();
        let mut state = store.lock();
        let Some(claim) = current(&state, &id) else {
            drop(state);
            return self.claims.free(&id);
        };
        if is_due(&claim, state.now()) {
            drop(state);
            self.expire(&id.key);
            return self.claims.free(&id);
        }
        state.waits.resume(&id.key);
        if is_bound(&claim) {
            forward(&mut state, &id.key, self.traits.says_first_ready);
            drop(state);
            return self.claims.free(&id);
        }
        if !claim.metadata.annotations.contains_key(key::CONTROLLER_FIRST_OBSERVED_AT) {
            let observed = state.clock.wall().to_string();
            state.update(CLAIMS, &id.key, |claim| {
                claim.metadata.annotations.insert(key::CONTROLLER_FIRST_OBSERVED_AT, observed);
            });
        }
        drop(state);
        let service_time = self.claims.service_time();
        self.after(service_time, Task::Bind(id));
    }

    /// A worker has ended its work on a claim.
    pub(super) fn end_claim(&mut self, id: &ClaimId) {
        self.claims.free(id);
        self.work_on_claims();
    }
}

/// The claim as it is now, unless it is gone or going.
pub fn current(state: &State, id: &ClaimId) -> Option<Arc<Object>> {
    let claim = state.get(CLAIMS, &id.key)?;
    (claim.metadata.uid == id.uid && claim.metadata.deletion_timestamp.is_none()).then(|| claim.clone())
}
