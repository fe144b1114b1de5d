use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::claims::Reference;
use super::status::SandboxStatus;
use super::timers::Task;
use super::{Controllers, key_of, status_changed};
use crate::api::key;
use crate::simulator::kinds::{SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::simulator::store::{Change, Event, Key, Metadata, Object, OwnerReference, State};

/// The warm pools: what they hold, and how fast they are filled.
#[derive(Debug)]
pub struct Pools {
    /// Sandboxes per second.
    refill: f64,
    pools: HashMap<Key, Pool>,
    /// The spec of a sandbox made from a template, by the template's uid and generation: all of them share it.
    specs: HashMap<(Arc<str>, u64), Arc<RawValue>>,
}

#[derive(Debug, Default)]
struct Pool {
    uid: Arc<str>,
    wanted: u64,
    /// Sandboxes that belong to it, and those of them that are Ready.
    members: u64,
    ready: u64,
    candidates: VecDeque<Key>,
    /// Size of the next batch: 1, 2, 4, ...
    batch: u64,
    refilling: bool,
    status_is_due: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PoolSpec {
    replicas: Option<u64>,
    sandbox_template_ref: Reference,
}

/// The controller's largest batch.
const MAX_BATCH: u64 = 300;
/// A pool's status follows its sandboxes this often at most.
const STATUS_EVERY: Duration = Duration::from_millis(100);

impl Pools {
    pub fn new(refill: f64) -> Self {
        Self { refill, pools: HashMap::new(), specs: HashMap::new() }
    }

    /// Takes the oldest candidate that is Ready, else the oldest one.
    pub fn take_candidate(&mut self, state: &State, pool: &Key) -> Option<Arc<Object>> {
        let pool = self.pools.get_mut(pool)?;
        let mut fallback = None;
        let mut at = 0;
        while let Some(key) = pool.candidates.get(at) {
            match state.get(SANDBOXES, key) {
                Some(sandbox) if belongs_to(sandbox) == Some(&pool.uid) => {
                    if crate::simulator::conditions::is_ready(sandbox) {
                        pool.candidates.remove(at);
                        return Some(sandbox.clone());
                    }
                    fallback = fallback.or(Some((at, sandbox.clone())));
                    at += 1;
                }
                _ => drop(pool.candidates.remove(at)),
            }
        }
        let (at, sandbox) = fallback?;
        pool.candidates.remove(at);
        Some(sandbox)
    }

    /// The spec of a sandbox made from `template`.
    pub fn sandbox_spec(&mut self, template: &Object) -> Arc<RawValue> {
        let version = (template.metadata.uid.clone(), template.metadata.generation);
        self.specs.entry(version).or_insert_with(|| {
            let template = template.parse("spec");
            let mut spec = json!({ "podTemplate": template["podTemplate"], "operatingMode": "Running" });
            for field in ["volumeClaimTemplates", "service"] {
                if let Some(value) = template.get(field) {
                    spec[field] = value.clone();
                }
            }
            to_raw_value(&spec).map(Into::into).expect("it was JSON before")
        }).clone()
    }
}

/// The uid of the warm pool a sandbox belongs to.
fn belongs_to(sandbox: &Object) -> Option<&Arc<str>> {
    sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxWarmPool").map(|owner| &owner.uid)
}

/// The template a pool is filled from.
pub fn template_name(pool: &Object) -> String {
    pool.parse_as::<PoolSpec>("spec").sandbox_template_ref.name
}

impl Controllers {
    pub(super) fn pool_changed(&mut self, event: &Event) {
        let key = key_of(event);
        if event.change == Change::Deleted {
            self.pools.pools.remove(&key);
            return;
        }
        let spec: PoolSpec = event.object.parse_as("spec");
        let pool = self.pools.pools.entry(key.clone()).or_default();
        pool.uid = event.object.metadata.uid.clone();
        pool.wanted = spec.replicas.unwrap_or(1);
        if !status_changed(event) {
            self.status_due(&key);
        }
        self.check_pool(&key);
    }

    pub(super) fn template_changed(&mut self, event: &Event) {
        let keys: Vec<Key> = self.pools.pools.keys().filter(|key| key.namespace == event.object.metadata.namespace).cloned().collect();
        keys.iter().for_each(|key| self.check_pool(key));
    }

    /// Keeps count of the pool's sandboxes.
    pub(super) fn count_member(&mut self, event: &Event) {
        let member = |object: &Object| {
            let owner = object.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxWarmPool")?;
            Some(Key::new(object.metadata.namespace.clone(), owner.name.clone()))
        };
        let before = event.previous.as_deref();
        let after = Some(&*event.object).filter(|_| event.change != Change::Deleted);
        let (was, is) = (before.and_then(member), after.and_then(member));
        if was.is_none() && is.is_none() {
            return;
        }
        let ready = |object: Option<&Object>| object.is_some_and(|o| o.parse_as::<SandboxStatus>("status").is_ready());
        if let Some(pool) = was.as_ref().and_then(|key| self.pools.pools.get_mut(key)) {
            pool.members -= 1;
            pool.ready -= u64::from(ready(before));
        }
        if let Some(pool) = is.as_ref().and_then(|key| self.pools.pools.get_mut(key)) {
            pool.members += 1;
            pool.ready += u64::from(ready(after));
            if was.is_none() {
                pool.candidates.push_back(Key::of(&event.object));
            }
        }
        for key in [was, is].into_iter().flatten() {
            self.status_due(&key);
            self.check_pool(&key);
        }
    }

    fn status_due(&mut self, key: &Key) {
        if let Some(pool) = self.pools.pools.get_mut(key)
            && !std::mem::replace(&mut pool.status_is_due, true)
        {
            self.after(STATUS_EVERY, Task::PoolStatus(key.clone()));
        }
    }

    pub(super) fn write_pool_status(&mut self, key: &Key) {
        let Some(pool) = self.pools.pools.get_mut(key) else { return };
        pool.status_is_due = false;
        let (replicas, ready) = (pool.members, pool.ready);
        let mut state = self.store.lock();
        let Some(present) = state.get(WARM_POOLS, key).cloned() else { return };
        let mut status = json!({ "replicas": replicas, "observedGeneration": present.metadata.generation,
            "selector": format!("{}={}", key::WARM_POOL_SANDBOX, key.name) });
        if ready > 0 {
            status["readyReplicas"] = ready.into();
        }
        if present.parse("status") != status {
            state.update(WARM_POOLS, key, |pool| pool.set("status", &status));
        }
    }

    /// Starts a refill where sandboxes are missing; removes what is too much.
    fn check_pool(&mut self, key: &Key) {
        let Some(pool) = self.pools.pools.get_mut(key) else { return };
        if pool.members < pool.wanted && !pool.refilling {
            pool.refilling = true;
            pool.batch = 1;
            self.after(Duration::ZERO, Task::Refill(key.clone()));
        } else if pool.members > pool.wanted {
            self.shrink(key);
        }
    }

    /// Makes the next batch: twice the one before, 300 at most, no faster than the configured rate.
    pub(super) fn refill(&mut self, key: &Key) {
        let store = self.store.clone();
        let mut state = store.lock();
        let Some(pool) = self.pools.pools.get_mut(key) else { return };
        let template = state.get(WARM_POOLS, key).cloned().and_then(|pool| {
            let template = state.get(TEMPLATES, &Key::new(key.namespace.clone(), template_name(&pool)))?;
            Some((pool, template.clone()))
        });
        let (Some((owner, template)), true) = (template, pool.members < pool.wanted) else {
            pool.refilling = false;
            return;
        };
        let size = (pool.wanted - pool.members).min(pool.batch);
        pool.batch = (pool.batch * 2).min(MAX_BATCH);
        let spec = self.pools.sandbox_spec(&template);
        for _ in 0..size {
            create_pooled(&mut state, &owner, &template, spec.clone());
        }
        drop(state);
        self.after(Duration::from_secs_f64(size as f64 / self.pools.refill), Task::Refill(key.clone()));
    }

    fn shrink(&mut self, key: &Key) {
        let mut state = self.store.lock();
        let Some(pool) = self.pools.pools.get_mut(key) else { return };
        for _ in pool.wanted..pool.members {
            if let Some(last) = pool.candidates.pop_back() {
                state.remove(SANDBOXES, &last);
            }
        }
    }
}

fn create_pooled(state: &mut State, pool: &Object, template: &Object, spec: Arc<RawValue>) {
    let name = &pool.metadata.name;
    let mut sandbox = Object::new(Metadata {
        name: format!("{name}-{}", state.random.suffix()).into(),
        generate_name: Some(format!("{name}-").into()),
        namespace: pool.metadata.namespace.clone(),
        owner_references: vec![OwnerReference {
            api_version: "extensions.agents.x-k8s.io/v1beta1".into(),
            kind: "SandboxWarmPool".into(),
            name: name.clone(),
            uid: pool.metadata.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }],
        ..Metadata::default()
    });
    sandbox.metadata.labels.insert(key::WARM_POOL_SANDBOX, name.clone());
    sandbox.metadata.labels.insert(key::LAUNCH_TYPE, "warm");
    let _ = template;
    sandbox.set_json("spec", Some(spec));
    if state.get(SANDBOXES, &Key::of(&sandbox)).is_none() {
        state.create(SANDBOXES, sandbox);
    }
}

#[allow(unused)]
fn unused(_: Value) {}
