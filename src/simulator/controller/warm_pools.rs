use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::claim_spec::Reference;
use crate::kinds::SANDBOXES;
use crate::random::{Purpose, Random};
use crate::store::{Change, Event, Key, Object, Readiness, State, is_ready};

/// The warm pools: their sandboxes, and how fast they are refilled.
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
    pool_uid: Arc<str>,
    ready: bool,
    has_address: bool,
}

impl Member {
    fn of(sandbox: &Object) -> Option<Self> {
        let owner = sandbox.metadata.controlled_by().filter(|owner| &*owner.kind == "SandboxWarmPool")?;
        let status = Readiness::of(sandbox);
        let pool = Key::new(sandbox.metadata.namespace.clone(), owner.name.clone());
        let pool_uid = owner.uid.clone();
        Some(Self { pool, pool_uid, ready: status.is_ready(), has_address: status.has_address() })
    }
}

/// The controller's largest batch.
const MAX_BATCH: u64 = 300;

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

    /// Forgets all pools.
    pub fn forget(&mut self) {
        self.pools.clear();
    }

    pub fn remove(&mut self, key: &Key) {
        self.pools.remove(key);
    }

    /// Takes the pool's spec.
    pub fn set(&mut self, key: Key, pool: &Object) {
        let known = self.pools.entry(key).or_default();
        known.uid = pool.metadata.uid.clone();
        known.wanted = pool.parse_as::<PoolSpec>("spec").replicas.unwrap_or(1);
    }

    /// The pools of a namespace.
    pub fn within(&self, namespace: &str) -> Vec<Key> {
        self.pools.keys().filter(|key| *key.namespace == *namespace).cloned().collect()
    }

    /// Keeps count of the sandboxes of each pool; the pools whose count changed.
    pub fn count(&mut self, event: &Event) -> Vec<Key> {
        let was = event.previous.as_deref().and_then(Member::of);
        let is = if event.change == Change::Deleted { None } else { Member::of(&event.object) };
        if was == is {
            return Vec::new();
        }
        if let Some(was) = &was
            && let Some(pool) = self.pool_of(was)
        {
            // A controller that was installed again may not have counted what left before.
            pool.members = pool.members.saturating_sub(1);
            pool.ready = pool.ready.saturating_sub(was.ready.into());
            pool.without_address = pool.without_address.saturating_sub((!was.has_address).into());
        }
        if let Some(is) = &is
            && let Some(pool) = self.pool_of(is)
        {
            pool.members += 1;
            pool.ready += u64::from(is.ready);
            pool.without_address += u64::from(!is.has_address);
            let (had_address, was_ready) = was.as_ref().map_or((false, false), |was| (was.has_address, was.ready));
            if is.ready && !was_ready {
                pool.candidates.push_back(event.key());
            } else if is.has_address && !had_address {
                pool.networked.push_back(event.key());
            }
        }
        [was, is].into_iter().flatten().map(|member| member.pool).collect()
    }

    fn pool_of(&mut self, member: &Member) -> Option<&mut Pool> {
        self.pools.get_mut(&member.pool).filter(|pool| pool.uid == member.pool_uid)
    }

    /// Whether a pool's status has to be written from now on, and had not before.
    pub fn status_falls_due(&mut self, key: &Key) -> bool {
        self.pools.get_mut(key).is_some_and(|pool| !std::mem::replace(&mut pool.status_is_due, true))
    }

    /// The figures of a pool's status: its sandboxes, and those that are Ready.
    pub fn take_status(&mut self, key: &Key) -> Option<(u64, u64)> {
        let pool = self.pools.get_mut(key)?;
        pool.status_is_due = false;
        Some((pool.members, pool.ready))
    }

    /// Whether a pool has to be filled from now on, and had not before; it then begins with a batch of one.
    pub fn refill_begins(&mut self, key: &Key) -> bool {
        let Some(pool) = self.pools.get_mut(key).filter(|pool| pool.members < pool.wanted && !pool.refilling) else {
            return false;
        };
        pool.refilling = true;
        pool.batch = 1;
        true
    }

    /// Sandboxes of the next batch: twice the one before. None ends the refill, as a pool without a template does.
    pub fn next_batch(&mut self, key: &Key, has_template: bool) -> u64 {
        let Some(pool) = self.pools.get_mut(key) else { return 0 };
        let missing = if has_template { pool.wanted.saturating_sub(pool.members) } else { 0 };
        let size = missing.min(pool.batch);
        pool.batch = (pool.batch * 2).min(MAX_BATCH);
        pool.refilling = size > 0;
        size
    }

    /// How long the controller takes for a batch.
    pub fn batch_time(&self, size: u64) -> Duration {
        Duration::from_secs_f64(size as f64 / self.refill)
    }

    /// The end of a pooled sandbox's name.
    pub fn suffix(&mut self) -> String {
        self.names.suffix()
    }

    /// Whether a pool has more sandboxes than it wants.
    pub fn has_surplus(&self, key: &Key) -> bool {
        self.pools.get(key).is_some_and(|pool| pool.members > pool.wanted)
    }

    /// The sandboxes a pool has too many, those that are not Ready first, as in the controller. Counted in the state: the
    /// events of those that were removed already may not have been seen.
    pub fn surplus(&self, state: &State, key: &Key) -> BTreeSet<Key> {
        let Some(pool) = self.pools.get(key) else { return BTreeSet::new() };
        let surplus = (state.dependents(&pool.uid).len() as u64).saturating_sub(pool.wanted);
        let all = pool.networked.iter().chain(pool.candidates.iter().rev());
        let ours = all.filter(|key| member(state.get(SANDBOXES, key), &pool.uid).is_some());
        ours.take(surplus as usize).cloned().collect()
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
