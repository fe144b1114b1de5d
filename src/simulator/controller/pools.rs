use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;

use super::claim_spec::ClaimSpec;
use super::controllers::Controllers;
use super::timers::Task;
use super::warm_pools::template_name;
use crate::kinds::{CLAIMS, SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::naming::name_hash;
use crate::store::{Change, Event, Key, Metadata, Object, OwnerReference, State};
use agent_sandbox_common::api::key;

/// A pool's status follows its sandboxes this often at most.
const STATUS_EVERY: Duration = Duration::from_millis(100);

impl Controllers {
    pub(super) fn pool_changed(&mut self, event: &Event) {
        let key = event.key();
        if event.change == Change::Deleted {
            return self.pools.remove(&key);
        }
        self.pools.set(key.clone(), &event.object);
        if !event.changes_status() {
            self.status_due(&key);
        }
        self.check_pool(&key);
        if event.change == Change::Added {
            self.wake_claims(&key);
        }
    }

    pub(super) fn template_changed(&mut self, event: &Event) {
        for key in self.pools.within(&event.object.metadata.namespace) {
            self.check_pool(&key);
            if event.change == Change::Added && self.traits.waits_for_templates {
                self.wake_claims(&key);
            }
        }
    }

    /// A sandbox may have come to its pool, become Ready in it or left it.
    pub(super) fn count_member(&mut self, event: &Event) {
        for key in self.pools.count(event) {
            self.status_due(&key);
            self.check_pool(&key);
        }
    }

    /// Claims that found no pool, or no template of it, look again as soon as it is there.
    fn wake_claims(&mut self, pool: &Key) {
        let waiting: Vec<Arc<Object>> = {
            let state = self.store.lock();
            let claims = state.collection(CLAIMS).within(Some(&pool.namespace));
            claims
                .filter(|claim| claim.parse_as::<ClaimSpec>("spec").warm_pool_ref.name == *pool.name)
                .cloned()
                .collect()
        };
        for claim in waiting {
            self.queue_claim(&claim);
        }
    }

    fn status_due(&mut self, key: &Key) {
        if self.pools.status_falls_due(key) {
            self.after(STATUS_EVERY, Task::PoolStatus(key.clone()));
        }
    }

    pub(super) fn write_pool_status(&mut self, key: &Key) {
        let Some((replicas, ready)) = self.pools.take_status(key) else { return };
        let mut state = self.store.lock();
        let Some(present) = state.get(WARM_POOLS, key).cloned() else { return };
        let mut status = json!({ "replicas": replicas, "observedGeneration": present.metadata.generation,
            "selector": format!("{}={}", key::WARM_POOL_SANDBOX, name_hash(&key.name)) });
        if ready > 0 {
            status["readyReplicas"] = ready.into();
        }
        if present.parse("status") != status {
            state.update(WARM_POOLS, key, |pool| pool.set("status", &status));
        }
    }

    /// Starts a refill where sandboxes are missing; removes what is too much.
    fn check_pool(&mut self, key: &Key) {
        if self.pools.refill_begins(key) {
            return self.after(Duration::ZERO, Task::Refill(key.clone()));
        }
        if self.pools.has_surplus(key) {
            let mut state = self.store.lock();
            for key in self.pools.surplus(&state, key) {
                state.remove(SANDBOXES, &key);
            }
        }
    }

    /// Makes the next batch, no faster than the configured rate.
    pub(super) fn refill(&mut self, key: &Key) {
        let store = self.store.clone();
        let mut state = store.lock();
        let found = state.get(WARM_POOLS, key).cloned().and_then(|pool| {
            let template = state.get(TEMPLATES, &Key::new(key.namespace.clone(), template_name(&pool)))?;
            Some((pool, template.clone()))
        });
        let size = self.pools.next_batch(key, found.is_some());
        let Some((pool, template)) = found.filter(|_| size > 0) else { return };
        let spec = self.pools.sandbox_spec(&template);
        for _ in 0..size {
            let suffix = self.pools.suffix();
            create_pooled(&mut state, &pool, &template, spec.clone(), &suffix);
        }
        drop(state);
        self.after(self.pools.batch_time(size), Task::Refill(key.clone()));
    }
}

fn create_pooled(state: &mut State, pool: &Object, template: &Object, spec: Arc<RawValue>, suffix: &str) {
    let name = &pool.metadata.name;
    let mut sandbox = Object::new(Metadata {
        name: format!("{name}-{suffix}").into(),
        generate_name: Some(format!("{name}-").into()),
        namespace: pool.metadata.namespace.clone(),
        owner_references: vec![OwnerReference::to_controller(
            state.kind(WARM_POOLS).preferred(),
            "SandboxWarmPool",
            &pool.metadata,
        )],
        ..Metadata::default()
    });
    let labels = &mut sandbox.metadata.labels;
    labels.insert(key::WARM_POOL_SANDBOX, name_hash(name));
    labels.insert("agents.x-k8s.io/sandbox-template-ref-hash", name_hash(&template.metadata.name));
    labels.insert("agents.x-k8s.io/sandbox-template-hash", name_hash(spec.get()));
    sandbox.metadata.annotations.insert("agents.x-k8s.io/sandbox-template-ref", template.metadata.name.clone());
    sandbox.set_json("spec", Some(spec));
    if state.get(SANDBOXES, &Key::of(&sandbox)).is_none() {
        state.create(SANDBOXES, sandbox);
    }
}
