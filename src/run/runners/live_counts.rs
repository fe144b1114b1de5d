use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::protocol::Counts;
use crate::load::Counters;
use crate::measure::ClaimRecord;

/// What all runners count while they play, summed up for the live view.
pub(super) struct LiveCounts {
    counts: Mutex<Vec<Counts>>,
    counters: Arc<Counters>,
}

impl LiveCounts {
    /// For so many runners, summed up in `counters`.
    pub fn new(runners: u32, counters: Arc<Counters>) -> Self {
        Self { counts: Mutex::new(vec![Counts::default(); runners as usize]), counters }
    }

    /// Sums up what all runners count.
    pub fn count(&self, runner: u32, counts: Counts) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        all[runner as usize] = counts;
        let sum = |of: fn(&Counts) -> u64| all.iter().map(of).sum::<u64>();
        let counters = &self.counters;
        counters.planned.store(sum(|it| it.planned), Ordering::Relaxed);
        counters.sent.store(sum(|it| it.sent), Ordering::Relaxed);
        counters.held.store(sum(|it| it.held), Ordering::Relaxed);
        counters.in_flight.store(sum(|it| it.in_flight), Ordering::Relaxed);
        counters.pool_ready.store(counts.pool_ready, Ordering::Relaxed);
        counters.pool_wanted.store(counts.pool_wanted, Ordering::Relaxed);
    }

    /// Counts a claim that is over, when a runner reports it.
    pub fn ended(&self, claim: &ClaimRecord) {
        self.counters.ended(claim.outcome(), claim.intended_ns, claim.ready_ns);
        if let Some(handed_over) = claim.handed_over_ns {
            self.counters.schedule_lag.record(handed_over - claim.intended_ns);
        }
    }
}
