use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::claim_queue::ClaimQueue;
use super::events::Recorder;
use super::kubelet::Kubelet;
use super::lost_nodes::LostNodes;
use super::pod_specs::PodSpecs;
use super::slow_nodes::SlowNodes;
use super::timers::{Task, Timers};
use super::warm_pools::Pools;
use crate::access::Tokens;
use crate::clock::nanoseconds;
use crate::faults::{Decisions, Faults};
use crate::files::Files;
use crate::processes::Processes;
use crate::settings::{Controller, Settings};
use crate::store::Store;
use agent_sandbox_common::clock::monotonic_ns;
use agent_sandbox_common::release::Traits;

/// What the controllers know. The files beside this one add what each of them does.
#[derive(Debug)]
pub struct Controllers {
    pub(super) store: Arc<Store>,
    /// How the releases work that the model is like.
    pub(super) traits: Traits,
    pub(super) faults: Arc<Faults>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) processes: Arc<Processes>,
    pub(super) files: Arc<Files>,
    pub(super) timers: Timers,
    pub(super) claims: ClaimQueue,
    pub(super) pools: Pools,
    pub(super) kubelet: Kubelet,
    pub(super) pod_specs: PodSpecs,
    pub(super) recorder: Recorder,
    /// Which pauses happen.
    pub(super) pauses: Decisions,
    pub(super) lost_nodes: LostNodes,
    pub(super) slow_nodes: SlowNodes,
    /// Pods made for each Job so far, by its uid.
    pub(super) pods_made: HashMap<Arc<str>, u32>,
    /// Whether agent-sandbox's controller is modelled at all.
    pub(super) has_model: bool,
    /// Whether the agent-sandbox controller is there; the others always are.
    pub(super) installed: bool,
    /// The time while it stands still.
    pub(super) frozen_ns: Option<i64>,
    /// What is left for the time after that: the pods of a stack that has been standing for long have not ended.
    pub(super) after_settling: Vec<(Duration, Task)>,
}

impl Controllers {
    pub fn new(
        store: Arc<Store>,
        faults: Arc<Faults>,
        tokens: Arc<Tokens>,
        processes: Arc<Processes>,
        files: Arc<Files>,
        settings: &Settings,
        seed: u64,
    ) -> Self {
        Self {
            store,
            traits: settings.line().traits(),
            faults,
            tokens,
            processes,
            files,
            timers: Timers::default(),
            claims: ClaimQueue::new(settings, seed),
            pools: Pools::new(settings.refill, seed),
            kubelet: Kubelet::new(settings, seed),
            pod_specs: PodSpecs::default(),
            recorder: Recorder::new(settings.pod_events),
            pauses: Decisions::default(),
            lost_nodes: LostNodes::new(seed),
            slow_nodes: SlowNodes::default(),
            pods_made: HashMap::new(),
            has_model: settings.controller == Controller::Model,
            installed: false,
            frozen_ns: None,
            after_settling: Vec::new(),
        }
    }

    /// Does `task` after `delay`.
    pub(super) fn after(&mut self, delay: Duration, task: Task) {
        let now_ns = self.frozen_ns.unwrap_or_else(monotonic_ns);
        self.timers.add(now_ns.saturating_add(nanoseconds(delay)), task);
    }
}
