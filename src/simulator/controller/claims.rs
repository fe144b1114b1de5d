use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::Controllers;
use super::expiry::is_due;
use super::status::{BoundSandbox, ClaimStatus, Condition, SandboxStatus, set_condition};
use super::timers::Task;
use crate::kinds::{CLAIMS, SANDBOXES};
use crate::random::Purpose;
use crate::service_time::ServiceTime;
use crate::settings::Settings;
use crate::store::{Change, Event, Key, Object, State, Timestamp};
use agent_sandbox_common::api::{ShutdownPolicy, key};

/// The claim workers: servers of one queue.
#[derive(Debug)]
pub struct Claims {
    idle: u32,
    queue: VecDeque<Job>,
    /// Claims that wait in the queue or are worked on, by uid: a claim is worked on by one worker at a time.
    busy: HashSet<Arc<str>>,
    service_time: ServiceTime,
}

/// One pass over one claim.
#[derive(Debug, Clone)]
pub struct Job {
    pub key: Key,
    pub uid: Arc<str>,
}

/// What of a claim's spec decides.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSpec {
    pub warm_pool_ref: Reference,
    pub lifecycle: Lifecycle,
    pub env: Vec<super::bind::EnvVar>,
    pub volume_claim_templates: Vec<Value>,
    pub additional_pod_metadata: PodMetadata,
}

/// A reference by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lifecycle {
    pub shutdown_time: Option<Timestamp>,
    pub ttl_seconds_after_finished: Option<i64>,
    pub shutdown_policy: Option<ShutdownPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodMetadata {
    pub labels: std::collections::BTreeMap<String, String>,
}

impl Claims {
    pub fn new(config: &Settings, seed: u64) -> Self {
        Self {
            idle: config.claim_workers,
            queue: VecDeque::new(),
            busy: HashSet::new(),
            service_time: ServiceTime::new(config.warm_latency.clone(), seed, Purpose::WarmLatency),
        }
    }
}

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
        let job = Job { key: Key::of(claim), uid: claim.metadata.uid.clone() };
        if self.claims.busy.insert(job.uid.clone()) {
            self.claims.queue.push_back(job);
            self.work();
        }
    }

    /// A claim that waited is due again.
    pub(super) fn retry_claim(&mut self, job: &Job) {
        let claim = current(&self.store.lock(), job);
        if let Some(claim) = claim {
            self.queue_claim(&claim);
        }
    }

    /// Gives idle workers what waits.
    fn work(&mut self) {
        while self.claims.idle > 0
            && let Some(job) = self.claims.queue.pop_front()
        {
            self.claims.idle -= 1;
            self.begin(job);
        }
    }

    /// A worker takes up a claim.
    fn begin(&mut self, job: Job) {
        let store = self.store.clone();
        let mut state = store.lock();
        let Some(claim) = current(&state, &job) else {
            drop(state);
            return self.free(&job);
        };
        if is_due(&claim, state.now()) {
            drop(state);
            self.expire(&job.key);
            return self.free(&job);
        }
        if is_bound(&claim) {
            forward(&mut state, &job.key);
            drop(state);
            return self.free(&job);
        }
        if !claim.metadata.annotations.contains_key(key::CONTROLLER_FIRST_OBSERVED_AT) {
            let observed = state.clock.wall().to_string();
            state.update(CLAIMS, &job.key, |claim| {
                claim.metadata.annotations.insert(key::CONTROLLER_FIRST_OBSERVED_AT, observed);
            });
        }
        drop(state);
        let service_time = self.claims.service_time.draw();
        self.after(service_time, Task::Bind(job));
    }

    /// The worker is free again.
    pub(super) fn end(&mut self, job: &Job) {
        self.free(job);
        self.work();
    }

    /// Leaves it to the loop that began the job to give the worker more: thousands may end as they begin.
    fn free(&mut self, job: &Job) {
        self.claims.busy.remove(&job.uid);
        self.claims.idle += 1;
    }

    /// Waits with a claim that cannot be bound yet.
    pub(super) fn retry_after(&mut self, delay: Duration, job: &Job) {
        self.after(delay, Task::Retry(job.clone()));
    }
}

/// The claim of a job as it is now, unless it is gone or going.
pub fn current(state: &State, job: &Job) -> Option<Arc<Object>> {
    let claim = state.get(CLAIMS, &job.key)?;
    (claim.metadata.uid == job.uid && claim.metadata.deletion_timestamp.is_none()).then(|| claim.clone())
}

fn is_bound(claim: &Object) -> bool {
    claim.section("status").is_some() && !claim.parse_as::<ClaimStatus>("status").sandbox.name.is_empty()
}

/// Writes what the claim's sandbox says into the claim, and when it was Ready first.
pub fn forward(state: &mut State, key: &Key) {
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
    if status.is_ready() && !claim.metadata.annotations.contains_key(key::CLAIM_FIRST_READY_AT) {
        let ready_at = state.clock.wall().to_string();
        state.update(CLAIMS, key, |claim| claim.metadata.annotations.insert(key::CLAIM_FIRST_READY_AT, ready_at));
    }
}

/// Says in the claim why it has no sandbox.
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
