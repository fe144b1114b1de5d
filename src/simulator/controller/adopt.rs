use std::sync::Arc;


use super::Controllers;
use crate::api::key;
use crate::simulator::kinds::{CLAIMS, SANDBOXES};
use crate::simulator::store::{Key, Metadata, Object, OwnerReference, State};

impl Controllers {
    /// Binds a pooled sandbox to a claim: the oldest that is Ready, else the oldest with an address.
    pub(super) fn adopt(&mut self, state: &mut State, claim: &Arc<Object>, pool: &Key) -> bool {
        let Some(candidate) = self.pools.take_candidate(state, pool) else { return false };
        let name = candidate.metadata.name.clone();
        let claim_key = Key::of(claim);
        state.update(CLAIMS, &claim_key, |claim| claim.metadata.annotations.insert(key::SANDBOX_NAME, name.clone()));
        state.update(SANDBOXES, &Key::of(&candidate), |sandbox| {
            let metadata = &mut sandbox.metadata;
            metadata.labels.remove(key::WARM_POOL_SANDBOX);
            metadata.labels.insert(key::LAUNCH_TYPE, "warm");
            metadata.labels.insert(key::CLAIM_UID, claim.metadata.uid.clone());
            metadata.owner_references = vec![owner(claim)];
        });
        true
    }

    /// Creates a sandbox of the claim's own name.
    pub(super) fn create_cold(&mut self, state: &mut State, claim: &Arc<Object>, template: &Object) {
        let key = Key::of(claim);
        if state.get(SANDBOXES, &key).is_some() {
            return;
        }
        let mut sandbox = Object::new(Metadata {
            name: key.name.clone(),
            namespace: key.namespace.clone(),
            owner_references: vec![owner(claim)],
            ..Metadata::default()
        });
        sandbox.metadata.labels.insert(key::LAUNCH_TYPE, "cold");
        sandbox.metadata.labels.insert(key::CLAIM_UID, claim.metadata.uid.clone());
        sandbox.set_json("spec", Some(self.pools.sandbox_spec(template)));
        state.create(SANDBOXES, sandbox);
    }
}

/// The reference of a claim's controller-owned objects to it.
fn owner(claim: &Object) -> OwnerReference {
    OwnerReference {
        api_version: "extensions.agents.x-k8s.io/v1beta1".into(),
        kind: "SandboxClaim".into(),
        name: claim.metadata.name.clone(),
        uid: claim.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}
