//! What a write shows of the claim that waits for it.

use agent_sandbox_common::api::{TransientReason, key};

use super::{Event, Key, Object, State, Wait, is_ready, node_name};
use crate::kinds::{CLAIMS, KindId, PODS, SANDBOXES};

impl State {
    pub(super) fn note_wait(&self, kind: KindId, event: &Event) {
        match kind {
            CLAIMS => self.note_claim(event),
            SANDBOXES => self.note_sandbox(event),
            PODS => self.note_pod(&event.object),
            _ => {}
        }
    }

    fn note_claim(&self, event: &Event) {
        let claim = event.key();
        self.waits.resume(&claim);
        if event.becomes_ready {
            return self.waits.enter(&claim, Wait::Delivery);
        }
        if event.object.metadata.annotations.contains_key(key::CONTROLLER_FIRST_OBSERVED_AT) {
            self.waits.enter(&claim, Wait::Work);
        }
        let pending = TransientReason::AdoptionPending.name();
        if event.changes_status() && event.object.section("status").is_some_and(|it| it.get().contains(pending)) {
            self.waits.enter(&claim, Wait::Candidate);
        }
    }

    /// A sandbox becomes the claim's.
    fn note_sandbox(&self, event: &Event) {
        let Some(claim) = claim_of(&event.object) else { return };
        if event.previous.as_deref().and_then(claim_of).is_some() {
            return;
        }
        let node = self.get(PODS, &event.key()).map(|pod| node_name(pod)).filter(|node| !node.is_empty());
        if let Some(node) = &node {
            self.waits.placed(&claim, node);
        }
        self.waits.enter(
            &claim,
            match node {
                _ if is_ready(&event.object) => Wait::StatusWrite,
                Some(_) => Wait::PodStart,
                None => Wait::Scheduling,
            },
        );
    }

    fn note_pod(&self, pod: &Object) {
        let Some(owner) = pod.metadata.controlled_by().filter(|owner| &*owner.kind == "Sandbox") else { return };
        let sandbox = self.get(SANDBOXES, &Key::new(pod.metadata.namespace.clone(), owner.name.clone()));
        let Some(claim) = sandbox.and_then(|sandbox| claim_of(sandbox)) else { return };
        let node = node_name(pod);
        if is_ready(pod) {
            self.waits.enter(&claim, Wait::StatusWrite);
        } else if !node.is_empty() {
            self.waits.placed(&claim, &node);
            self.waits.enter(&claim, Wait::PodStart);
        }
    }
}

/// The claim that controls a sandbox.
pub fn claim_of(sandbox: &Object) -> Option<Key> {
    let owner = sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxClaim")?;
    Some(Key::new(sandbox.metadata.namespace.clone(), owner.name.clone()))
}
