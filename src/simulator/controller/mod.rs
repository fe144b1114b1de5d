//! The controllers: a model of agent-sandbox's own, and as much of Kubernetes' as it needs. One thread works on what was
//! written, in order, and on timers finer than the runtime's.

mod bind;
mod claims;
mod collect;
mod events;
mod expiry;
mod faults;
mod jobs;
mod namespaces;
mod pods;
mod pools;
mod presence;
mod sandboxes;
mod status;
mod timers;
mod tokens;
mod workloads;

pub use pods::node;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::access::Tokens;
use super::faults::{Decisions, Faults};
use super::kinds::{
    CLAIMS, CUSTOM_RESOURCE_DEFINITIONS, DAEMON_SETS, DEPLOYMENTS, JOBS, KindId, NAMESPACES, NODES, PODS, SANDBOXES,
    SECRETS, TEMPLATES, WARM_POOLS,
};
use super::processes::Processes;
use super::store::{Change, Event, Key, Store};
use crate::settings::Settings;
use agent_sandbox_common::clock::monotonic_ns;
use claims::Claims;
use pods::Kubelet;
use pools::Pools;
use timers::{Task, Timers};

/// The longest the loop sleeps when nothing happens.
const IDLE: Duration = Duration::from_millis(200);

/// All controllers, on one thread.
#[derive(Debug)]
pub struct Controllers {
    store: Arc<Store>,
    faults: Arc<Faults>,
    tokens: Arc<Tokens>,
    processes: Arc<Processes>,
    timers: Timers,
    claims: Claims,
    pools: Pools,
    kubelet: Kubelet,
    recorder: events::Recorder,
    pauses: Decisions,
    lost_nodes: faults::LostNodes,
    /// The pods that a process stands for, by uid.
    stands: HashMap<Arc<str>, jobs::Stand>,
    /// Pods made for each Job so far, by its uid.
    pods_made: HashMap<Arc<str>, u32>,
    /// Whether the agent-sandbox controller is there; the others always are.
    installed: bool,
    /// The time while it stands still.
    frozen_ns: Option<i64>,
}

impl Controllers {
    pub fn new(
        store: Arc<Store>,
        faults: Arc<Faults>,
        tokens: Arc<Tokens>,
        processes: Arc<Processes>,
        config: &Settings,
        seed: u64,
    ) -> Self {
        Self {
            store,
            faults,
            tokens,
            processes,
            timers: Timers::default(),
            claims: Claims::new(config, seed),
            pools: Pools::new(config.refill, seed),
            kubelet: Kubelet::new(config, seed),
            recorder: events::Recorder::default(),
            pauses: Decisions::default(),
            lost_nodes: faults::LostNodes::new(seed),
            stands: HashMap::new(),
            pods_made: HashMap::new(),
            installed: false,
            frozen_ns: None,
        }
    }

    /// Works until `stop`.
    pub fn run(mut self, stop: &AtomicBool) {
        let mut events = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let now_ns = monotonic_ns();
            if let Some(until) = self.paused(now_ns) {
                std::thread::sleep(Duration::from_nanos((until - now_ns).cast_unsigned()).min(IDLE));
                continue;
            }
            let next = [self.timers.next(), self.node_faults(now_ns)].into_iter().flatten().min();
            let due = next.map_or(IDLE, |at| Duration::from_nanos((at - now_ns).max(0).cast_unsigned()));
            let store = self.store.clone();
            store.take_written(due.min(IDLE), &mut events);
            for (kind, event) in events.drain(..) {
                self.react(kind, &event);
            }
            self.fire();
        }
    }

    /// Brings about at once all that would come about in time: at the start the stack has been standing for long.
    pub fn settle(&mut self) {
        let mut events = Vec::new();
        self.frozen_ns = Some(monotonic_ns());
        loop {
            // What a reaction writes is reacted to before time goes on.
            let store = self.store.clone();
            store.take_written(Duration::ZERO, &mut events);
            if !events.is_empty() {
                for (kind, event) in events.drain(..) {
                    self.react(kind, &event);
                }
                continue;
            }
            // Time jumps from task to task, so that their order is the seed's alone.
            self.frozen_ns = self.timers.next();
            match self.timers.pop(i64::MAX) {
                Some(task) => self.perform(task),
                None => return,
            }
        }
    }

    fn react(&mut self, kind: KindId, event: &Event) {
        if kind == DEPLOYMENTS {
            self.deployment_changed(event);
        }
        match kind {
            _ if self.goes_unseen(kind) => {}
            CLAIMS => self.claim_changed(event),
            SANDBOXES => self.sandbox_changed(event),
            PODS => self.pod_changed(event),
            WARM_POOLS => self.pool_changed(event),
            TEMPLATES => self.template_changed(event),
            NAMESPACES => self.namespace_changed(event),
            NODES => self.node_changed(event),
            JOBS => self.job_changed(event),
            SECRETS if event.change == Change::Added => self.fill_token(event),
            DEPLOYMENTS | DAEMON_SETS | CUSTOM_RESOURCE_DEFINITIONS if event.change != Change::Deleted => {
                self.roll_out_later(kind, event);
            }
            _ => {}
        }
        self.collect(kind, event);
    }

    fn fire(&mut self) {
        let now_ns = monotonic_ns();
        while let Some(task) = self.timers.pop(now_ns) {
            self.perform(task);
        }
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Bind(job) => self.bind(&job),
            Task::Retry(job) => self.retry_claim(&job),
            Task::Expire(key) => self.expire(&key),
            Task::Network(key, uid, address) => self.pod_gets_network(&key, &uid, address),
            Task::Start(key, uid) => self.pod_starts(&key, &uid),
            Task::End(key, uid) => self.pod_ends(&key, &uid),
            Task::Refill(key) => self.refill(&key),
            Task::PoolStatus(key) => self.write_pool_status(&key),
            Task::RollOut(kind, key) => self.roll_out(kind, &key),
            Task::Finalize(namespace) => self.finalize_namespace(&namespace),
            Task::Processes => self.look_at_processes(),
        }
    }

    fn after(&mut self, delay: Duration, task: Task) {
        let now_ns = self.frozen_ns.unwrap_or_else(monotonic_ns);
        self.timers.add(now_ns.saturating_add(super::clock::nanoseconds(delay)), task);
    }
}

/// Whether a write changed `status`.
fn status_changed(event: &Event) -> bool {
    let before = event.previous.as_ref().and_then(|previous| previous.section("status"));
    match (before, event.object.section("status")) {
        (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
        (None, None) => false,
        _ => true,
    }
}

/// The key of the object of `event`.
fn key_of(event: &Event) -> Key {
    Key::of(&event.object)
}
