use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::claims::{ClaimSpec, Reference};
use super::timers::Task;
use super::{Controllers, key_of, status_changed};
use crate::kinds::{CLAIMS, SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::naming::name_hash;
use crate::random::{Purpose, Random};
use crate::store::{Change, Event, Key, Metadata, Object, OwnerReference, Readiness, State, is_ready};
use agent_sandbox_common::api::key;

/// The warm pools: what they hold, and how fast they are filled.
#[derive(Debug)]
pub struct Pools {
    /// Sandboxes per second.
    refill: f64,
    names: Random,
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
    /// Those that became Ready, oldest first; some may have left since.
    candidates: VecDeque<Key>,
    /// Those that got an address and may not be Ready.
    networked: VecDeque<Key>,
    without_address: u64,
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

/// What a pool has for a claim.
#[derive(Debug)]
pub enum Candidate {
    Found(Arc<Object>),
    /// Sandboxes that have no address yet.
    Pending,
    None,
}

/// What a sandbox counts as in its pool.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    pool: Key,
    ready: bool,
    has_address: bool,
}

impl Member {
    fn of(sandbox: &Object) -> Option<Self> {
        let owner = sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxWarmPool")?;
        let status = Readiness::of(sandbox);
        let pool = Key::new(sandbox.metadata.namespace.clone(), owner.name.clone());
        Some(Self { pool, ready: status.is_ready(), has_address: status.has_address() })
    }
}

/// The controller's largest batch.
const MAX_BATCH: u64 = 300;
/// A pool's status follows its sandboxes this often at most.
const STATUS_EVERY: Duration = Duration::from_millis(100);

impl Pools {
    pub fn new(refill: f64, seed: u64) -> Self {
        Self { refill, names: Random::new(seed, Purpose::PoolNames), pools: HashMap::new(), specs: HashMap::new() }
    }

    /// Takes the oldest candidate that is Ready, else the oldest that has an address.
    pub fn take_candidate(&mut self, state: &State, key: &Key) -> Candidate {
        let Some(pool) = self.pools.get_mut(key) else { return Candidate::None };
        while let Some(name) = pool.candidates.pop_front() {
            match member(state.get(SANDBOXES, &name), &pool.uid) {
                Some((sandbox, true)) => return Candidate::Found(sandbox),
                Some((_, false)) => pool.networked.push_back(name),
                None => {}
            }
        }
        while let Some(name) = pool.networked.pop_front() {
            if let Some((sandbox, _)) = member(state.get(SANDBOXES, &name), &pool.uid) {
                return Candidate::Found(sandbox);
            }
        }
        if pool.without_address > 0 { Candidate::Pending } else { Candidate::None }
    }

    /// Knows no pool any more.
    pub fn forget(&mut self) {
        self.pools.clear();
    }

    /// The spec of a sandbox made from `template`.
    pub fn sandbox_spec(&mut self, template: &Object) -> Arc<RawValue> {
        let version = (template.metadata.uid.clone(), template.metadata.generation);
        self.specs
            .entry(version)
            .or_insert_with(|| {
                let template = template.parse("spec");
                let mut spec = json!({ "podTemplate": template["podTemplate"], "operatingMode": "Running" });
                for field in ["volumeClaimTemplates", "service"] {
                    if let Some(value) = template.get(field) {
                        spec[field] = value.clone();
                    }
                }
                to_raw_value(&spec).map(Into::into).expect("it was JSON before")
            })
            .clone()
    }
}

/// A sandbox if it still belongs to the pool, and whether it is Ready.
fn member(sandbox: Option<&Arc<Object>>, pool: &str) -> Option<(Arc<Object>, bool)> {
    let sandbox = sandbox?;
    let belongs = sandbox.metadata.controlled_by().is_some_and(|owner| *owner.uid == *pool);
    belongs.then(|| (sandbox.clone(), is_ready(sandbox)))
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
        if event.change == Change::Added {
            self.wake_claims(&key);
        }
    }

    pub(super) fn template_changed(&mut self, event: &Event) {
        let keys: Vec<Key> =
            self.pools.pools.keys().filter(|key| key.namespace == event.object.metadata.namespace).cloned().collect();
        for key in keys {
            self.check_pool(&key);
        }
    }

    /// Keeps count of the pool's sandboxes.
    pub(super) fn count_member(&mut self, event: &Event) {
        let was = event.previous.as_deref().and_then(Member::of);
        let is = if event.change == Change::Deleted { None } else { Member::of(&event.object) };
        if was == is {
            return;
        }
        if let Some(was) = &was
            && let Some(pool) = self.pools.pools.get_mut(&was.pool)
        {
            pool.members -= 1;
            pool.ready -= u64::from(was.ready);
            pool.without_address -= u64::from(!was.has_address);
        }
        if let Some(is) = &is
            && let Some(pool) = self.pools.pools.get_mut(&is.pool)
        {
            pool.members += 1;
            pool.ready += u64::from(is.ready);
            pool.without_address += u64::from(!is.has_address);
            let (had_address, was_ready) = was.as_ref().map_or((false, false), |was| (was.has_address, was.ready));
            if is.ready && !was_ready {
                pool.candidates.push_back(key_of(event));
            } else if is.has_address && !had_address {
                pool.networked.push_back(key_of(event));
            }
        }
        for key in [was, is].into_iter().flatten().map(|member| member.pool) {
            self.status_due(&key);
            self.check_pool(&key);
        }
    }

    /// Claims that found no pool look again as soon as it is there.
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
            let suffix = self.pools.names.suffix();
            create_pooled(&mut state, &owner, &template, spec.clone(), &suffix);
        }
        drop(state);
        self.after(Duration::from_secs_f64(size as f64 / self.pools.refill), Task::Refill(key.clone()));
    }

    fn shrink(&mut self, key: &Key) {
        let mut state = self.store.lock();
        let Some(pool) = self.pools.pools.get_mut(key) else { return };
        let uid = pool.uid.clone();
        let mut extra = pool.members - pool.wanted;
        // Those that are not Ready go first, as in the controller.
        for key in pool.networked.iter().chain(pool.candidates.iter().rev()) {
            if extra > 0 && member(state.get(SANDBOXES, key), &uid).is_some() {
                state.remove(SANDBOXES, key);
                extra -= 1;
            }
        }
    }
}

fn create_pooled(state: &mut State, pool: &Object, template: &Object, spec: Arc<RawValue>, suffix: &str) {
    let name = &pool.metadata.name;
    let mut sandbox = Object::new(Metadata {
        name: format!("{name}-{suffix}").into(),
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
