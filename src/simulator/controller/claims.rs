use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::status::{BoundSandbox, ClaimStatus, Condition, SandboxStatus, set_condition};
use super::timers::Task;
use super::Controllers;
use crate::api::key;
use crate::config;
use crate::simulator::kinds::{CLAIMS, SANDBOXES, TEMPLATES, WARM_POOLS};
use crate::simulator::random::Purpose;
use crate::simulator::service_time::ServiceTime;
use crate::simulator::store::{Change, Event, Key, Object, State};

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
    pub lifecycle: Option<Lifecycle>,
    pub env: Vec<Value>,
    pub volume_claim_templates: Vec<Value>,
    pub additional_pod_metadata: PodMetadata,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lifecycle {
    pub shutdown_time: Option<crate::simulator::store::Timestamp>,
    pub shutdown_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodMetadata {
    pub labels: std::collections::BTreeMap<String, String>,
    pub annotations: std::collections::BTreeMap<String, String>,
}

/// A missing pool or template is looked for again this often.
const MISSING_RETRY: Duration = Duration::from_secs(60);

impl Claims {
    pub fn new(config: &config::Simulator, seed: u64) -> Self {
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
        if event.change == Change::Added {
            self.queue_claim(&event.object);
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
            return self.end(&job);
        };
        if claim.section("status").is_some() {
            self.forward(&mut state, &job.key, &claim);
            drop(state);
            return self.end(&job);
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
    fn end(&mut self, job: &Job) {
        self.claims.busy.remove(&job.uid);
        self.claims.idle += 1;
        self.work();
    }

    /// A worker ends its work on an unbound claim: a sandbox is adopted or made, or the claim says why not.
    pub(super) fn bind(&mut self, job: Job) {
        let store = self.store.clone();
        let mut state = store.lock();
        if let Some(claim) = current(&state, &job) {
            let spec: ClaimSpec = claim.parse_as("spec");
            match self.find_sandbox(&mut state, &claim, &spec) {
                Ok(()) => self.forward(&mut state, &job.key, &claim),
                Err((reason, message)) => fail(&mut state, &job.key, reason, &message),
            }
        }
        drop(state);
        self.end(&job);
    }

    /// Adopts a pooled sandbox, or creates one.
    fn find_sandbox(&mut self, state: &mut State, claim: &Arc<Object>, spec: &ClaimSpec) -> Result<(), (&'static str, String)> {
        let namespace = &claim.metadata.namespace;
        let pool_key = Key::new(namespace.clone(), spec.warm_pool_ref.name.as_str());
        let Some(pool) = state.get(WARM_POOLS, &pool_key).cloned() else {
            return Err(("WarmPoolNotFound", format!("SandboxWarmPool {:?} not found", spec.warm_pool_ref.name)));
        };
        let template_name = super::pools::template_name(&pool);
        let Some(template) = state.get(TEMPLATES, &Key::new(namespace.clone(), template_name.as_str())).cloned() else {
            return Err(("TemplateNotFound", format!("SandboxTemplate {template_name:?} not found")));
        };
        let cold = !spec.env.is_empty() || !spec.volume_claim_templates.is_empty();
        if cold || !self.adopt(state, claim, &pool_key) {
            self.create_cold(state, claim, &template);
        }
        Ok(())
    }

    /// Writes what the claim's sandbox says into the claim, and when it was Ready first.
    pub(super) fn forward(&mut self, state: &mut State, key: &Key, claim: &Arc<Object>) {
        let Some(claim) = state.get(CLAIMS, key).filter(|now| now.metadata.uid == claim.metadata.uid).cloned() else {
            return;
        };
        let name = claim.metadata.annotations.get(key::SANDBOX_NAME).unwrap_or(&claim.metadata.name);
        let sandbox = state.get(SANDBOXES, &Key::new(key.namespace.clone(), name)).cloned();
        let mut status: ClaimStatus = claim.parse_as("status");
        let before = status.clone();
        let generation = claim.metadata.generation;
        match &sandbox {
            Some(sandbox) => {
                let its: SandboxStatus = sandbox.parse_as("status");
                let not_ready = || {
                    Condition::ready(false, "SandboxNotReady", "Sandbox is not ready", generation, state.now())
                };
                let ready = its.ready().cloned().unwrap_or_else(not_ready);
                set_condition(&mut status.conditions, ready);
                status.sandbox = BoundSandbox { name: sandbox.metadata.name.to_string(), pod_ips: its.pod_ips };
            }
            None => {
                let missing = Condition::ready(false, "SandboxMissing", "Sandbox does not exist", generation, state.now());
                set_condition(&mut status.conditions, missing);
                status.sandbox = BoundSandbox::default();
            }
        }
        let is_ready = status.conditions.iter().any(|c| c.r#type == "Ready" && c.status == "True");
        if status != before {
            state.update(CLAIMS, key, |claim| claim.set("status", &status));
        }
        if is_ready && !claim.metadata.annotations.contains_key(key::CLAIM_FIRST_READY_AT) {
            let ready_at = state.clock.wall().to_string();
            state.update(CLAIMS, key, |claim| claim.metadata.annotations.insert(key::CLAIM_FIRST_READY_AT, ready_at));
        }
    }

    pub(super) fn expire(&mut self, key: &Key) {
        let _ = (key, MISSING_RETRY);
    }
}

/// The claim of a job as it is now, unless it is gone or going.
fn current(state: &State, job: &Job) -> Option<Arc<Object>> {
    let claim = state.get(CLAIMS, &job.key)?;
    (claim.metadata.uid == job.uid && claim.metadata.deletion_timestamp.is_none()).then(|| claim.clone())
}

/// Says in the claim why it has no sandbox.
fn fail(state: &mut State, key: &Key, reason: &str, message: &str) {
    let now = state.now();
    state.update(CLAIMS, key, |claim| {
        let mut status: ClaimStatus = claim.parse_as("status");
        let generation = claim.metadata.generation;
        set_condition(&mut status.conditions, Condition::ready(false, reason, message, generation, now));
        claim.set("status", &status);
    });
}
