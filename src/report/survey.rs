use std::collections::BTreeMap;

use super::StoredRun;
use super::instants::{INSTANTS, READY, REMOVAL};
use crate::config::ConfigError;
use crate::measure::{ClaimRecord, Collector, Distribution, Timeouts};

/// Claims kept of each reason for not being ready.
const EXAMPLES: usize = 10;

/// What a first look at all claims tells; enough to lay out the second.
pub(super) struct Survey {
    /// The claims that count: all but those of warm-up phases.
    pub collector: Collector,
    pub timeouts: Timeouts,
    warm_ups: Vec<String>,
    /// Claims looked at, warm-ups too.
    pub count: u64,
    /// Last intended instant, and last instant of all.
    pub last_intended_ns: i64,
    pub last_ns: i64,
    /// Smallest and largest time to ready, of ready claims.
    pub bounds_ns: Option<(i64, i64)>,
    /// Ready claims' offsets from intended, and from released.
    pub instants: [Distribution; INSTANTS.len()],
    pub removal: [Distribution; REMOVAL.len()],
    /// By reason: the first few, and how many there are.
    pub failed: BTreeMap<String, Failed>,
}

/// The claims of one reason.
pub(super) struct Failed {
    pub count: u64,
    pub first_ns: i64,
    pub last_ns: i64,
    pub examples: Vec<ClaimRecord>,
}

impl Survey {
    /// Of no claim yet; those of phases named in `warm_ups` are in the plots over time alone.
    pub fn new(timeouts: Timeouts, warm_ups: Vec<String>) -> Self {
        Self {
            collector: Collector::new(timeouts),
            timeouts,
            warm_ups,
            count: 0,
            last_intended_ns: 0,
            last_ns: 0,
            bounds_ns: None,
            instants: Default::default(),
            removal: Default::default(),
            failed: BTreeMap::new(),
        }
    }

    /// Of the claims of a folder.
    pub fn of(run: &StoredRun, warm_ups: &[String]) -> Result<Self, ConfigError> {
        let mut survey = Self::new(Timeouts::of(&run.config), warm_ups.to_vec());
        for claim in run.claims()? {
            survey.record(&claim?);
        }
        Ok(survey)
    }

    pub fn record(&mut self, claim: &ClaimRecord) {
        self.look(claim);
        if self.counts(claim) {
            self.count(claim);
        }
    }

    /// False of the claims of warm-up phases.
    pub fn counts(&self, claim: &ClaimRecord) -> bool {
        !claim.phase.as_ref().is_some_and(|phase| self.warm_ups.contains(phase))
    }

    /// From intended to ready, of ready claims alone.
    pub fn until_ready(&self) -> &Distribution {
        &self.instants[READY]
    }

    /// The claims kept of all reasons.
    pub fn examples(&self) -> impl Iterator<Item = &ClaimRecord> {
        self.failed.values().flat_map(|failed| &failed.examples)
    }

    fn look(&mut self, claim: &ClaimRecord) {
        self.count += 1;
        self.last_intended_ns = self.last_intended_ns.max(claim.intended_ns);
        self.last_ns = self.last_ns.max(claim.intended_ns).max(claim.ended_ns).max(claim.released_ns.unwrap_or(0));
        if let Some(nanos) = time_to_ready(claim) {
            let (low, high) = self.bounds_ns.unwrap_or((nanos, nanos));
            self.bounds_ns = Some((nanos.min(low), nanos.max(high)));
        }
    }

    fn count(&mut self, claim: &ClaimRecord) {
        self.collector.record(claim);
        if !claim.is_ready() {
            return self.keep_failed(claim);
        }
        let offsets = INSTANTS.iter().zip(&mut self.instants);
        offsets.for_each(|(instant, into)| note(into, claim.intended_ns, (instant.at)(claim)));
        if let Some(released) = claim.released_ns {
            let offsets = REMOVAL.iter().zip(&mut self.removal);
            offsets.for_each(|(instant, into)| note(into, released, (instant.at)(claim)));
        }
    }

    fn keep_failed(&mut self, claim: &ClaimRecord) {
        let at = claim.intended_ns;
        let key = claim.end.to_string();
        let new = || Failed { count: 0, first_ns: at, last_ns: at, examples: Vec::new() };
        let failed = self.failed.entry(key).or_insert_with(new);
        failed.count += 1;
        failed.first_ns = failed.first_ns.min(at);
        failed.last_ns = failed.last_ns.max(at);
        if failed.examples.len() < EXAMPLES {
            failed.examples.push(claim.clone());
        }
    }
}

/// From intended to ready, of a ready claim.
pub(super) fn time_to_ready(claim: &ClaimRecord) -> Option<i64> {
    claim.ready_ns.filter(|_| claim.is_ready()).map(|ready| ready - claim.intended_ns)
}

fn note(into: &mut Distribution, from: i64, to: Option<i64>) {
    if let Some(to) = to {
        into.record(to - from, false);
    }
}
