use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::random::Purpose;
use crate::service_time::ServiceTime;
use crate::settings::Settings;
use crate::store::{Key, Object};

/// A claim to reconcile: another claim of the same name is not meant.
#[derive(Debug, Clone)]
pub struct ClaimId {
    pub key: Key,
    pub uid: Arc<str>,
}

impl ClaimId {
    pub fn of(claim: &Object) -> Self {
        Self { key: Key::of(claim), uid: claim.metadata.uid.clone() }
    }
}

/// The claim workers: servers of one queue.
#[derive(Debug)]
pub struct ClaimQueue {
    idle: u32,
    waiting: VecDeque<ClaimId>,
    /// Claims that wait or are worked on, by uid: a claim is worked on by one worker at a time.
    busy: HashSet<Arc<str>>,
    service_time: ServiceTime,
}

impl ClaimQueue {
    pub fn new(settings: &Settings, seed: u64) -> Self {
        Self {
            idle: settings.claim_workers,
            waiting: VecDeque::new(),
            busy: HashSet::new(),
            service_time: ServiceTime::new(settings.warm_latency.clone(), seed, Purpose::WarmLatency),
        }
    }

    /// Adds a claim; false where it waits or is worked on already.
    pub fn add(&mut self, claim: ClaimId) -> bool {
        let is_new = self.busy.insert(claim.uid.clone());
        if is_new {
            self.waiting.push_back(claim);
        }
        is_new
    }

    /// Gives the claim that waited longest to an idle worker, if there are both.
    pub fn take(&mut self) -> Option<ClaimId> {
        let claim = if self.idle > 0 { self.waiting.pop_front() } else { None };
        self.idle -= u32::from(claim.is_some());
        claim
    }

    /// The claim's worker is idle again.
    pub fn free(&mut self, claim: &ClaimId) {
        self.busy.remove(&claim.uid);
        self.idle += 1;
    }

    /// How long a worker takes for the next claim.
    pub fn service_time(&mut self) -> Duration {
        self.service_time.draw()
    }
}
