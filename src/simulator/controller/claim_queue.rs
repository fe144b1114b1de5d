use std::collections::{HashMap, HashSet, VecDeque};
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

/// The delays of client-go's default rate limiter of one item: from 5 ms to about 1000 s.
const FIRST_RETRY: Duration = Duration::from_millis(5);
const MOST_DOUBLINGS: u32 = 17;

/// The claim workers: servers of one queue.
#[derive(Debug)]
pub struct ClaimQueue {
    idle: u32,
    waiting: VecDeque<ClaimId>,
    /// Claims that wait or are worked on, by uid: a claim is worked on by one worker at a time.
    busy: HashSet<Arc<str>>,
    service_time: ServiceTime,
    /// Tries of each claim that ended in a conflict, by uid.
    conflicts: HashMap<Arc<str>, u32>,
}

impl ClaimQueue {
    pub fn new(settings: &Settings, seed: u64) -> Self {
        Self {
            idle: settings.claim_workers,
            waiting: VecDeque::new(),
            busy: HashSet::new(),
            service_time: ServiceTime::new(settings.warm_latency.clone(), seed, Purpose::WarmLatency),
            conflicts: HashMap::new(),
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

    /// After which time the claim is tried again whose writes were refused; twice as long each time.
    pub fn back_off(&mut self, claim: &ClaimId) -> Duration {
        let conflicts = self.conflicts.entry(claim.uid.clone()).or_default();
        *conflicts += 1;
        FIRST_RETRY * 2_u32.pow((*conflicts - 1).min(MOST_DOUBLINGS))
    }

    /// The claim's writes were taken.
    pub fn forget_conflicts(&mut self, claim: &ClaimId) {
        if !self.conflicts.is_empty() {
            self.conflicts.remove(&claim.uid);
        }
    }

    /// How long a worker takes for the next claim.
    pub fn service_time(&mut self) -> Duration {
        self.service_time.draw()
    }
}
