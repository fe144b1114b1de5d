use std::collections::BTreeMap;

use agent_sandbox_common::mutation::{Mutation, mutated};

use super::exec::Execs;
use super::instrument::Corrected;
use super::series::Series;
use super::stationarity::{Unsteady, unsteady};
use super::steps::Steps;
use super::{
    ClaimRecord, Class, Classes, Distribution, End, ExecSummary, Figures, Latency, Outcomes, StepSummary, Timeouts,
    Totals, Windows,
};

/// A claim handed over later than this after its intended instant was not achieved.
const ON_TIME_NS: i64 = 100_000_000;

/// Everything that is counted over claims; halves merge to the whole.
#[derive(Debug, Clone)]
pub struct Collector {
    timeouts: Timeouts,
    pub(super) outcomes: Outcomes,
    /// Of the ends that have a reason.
    reasons: BTreeMap<End, u64>,
    pub(super) classes: Classes,
    pub(super) class_uncertain: u64,
    pub(super) upper_bounds: u64,
    on_time: u64,
    pub(super) execs: Execs,
    steps: Steps,
    totals: Totals,
    latencies: [Distribution; Latency::ALL.len()],
    /// The same without the generator's lateness.
    corrected: [Corrected; Latency::ALL.len()],
    /// The same in order of time.
    series: [Series; Latency::ALL.len()],
    pub(super) windows: Windows,
}

impl Collector {
    /// An empty collector; `timeouts` are the run's, at which claims count at least that never came so far.
    #[must_use]
    pub fn new(timeouts: Timeouts) -> Self {
        Self {
            timeouts,
            outcomes: Outcomes::default(),
            reasons: BTreeMap::new(),
            classes: Classes::default(),
            class_uncertain: 0,
            upper_bounds: 0,
            on_time: 0,
            execs: Execs::default(),
            steps: Steps::default(),
            totals: Totals::default(),
            latencies: Default::default(),
            corrected: Default::default(),
            series: std::array::from_fn(|_| Series::default()),
            windows: Windows::default(),
        }
    }

    /// Counts one claim.
    pub fn record(&mut self, claim: &ClaimRecord) {
        *self.outcomes.of_mut(claim.outcome()) += 1;
        if claim.end.has_reason() {
            *self.reasons.entry(claim.end.clone()).or_default() += 1;
        }
        if let Some(class) = claim.ready_class() {
            *self.classes.of_mut(class) += 1;
            self.class_uncertain += u64::from(claim.class_uncertain && class == Class::Warm);
        }
        self.upper_bounds += u64::from(claim.upper_bound && claim.is_ready());
        self.execs.record(claim);
        self.steps.record(claim);
        self.totals.record(claim);
        let lag = claim.handed_over_ns.map(|at| at - claim.intended_ns);
        self.on_time += u64::from(lag.is_some_and(|lag| lag <= ON_TIME_NS));
        for (at, latency) in Latency::ALL.iter().enumerate() {
            if let Some((nanos, censored)) = latency.of(claim, &self.timeouts) {
                if censored && mutated(Mutation::DropCensored) {
                    continue;
                }
                let censored = censored && !mutated(Mutation::CensoredAsValue);
                self.latencies[at].record(nanos, censored);
                if latency.is_stamped() {
                    self.corrected[at].record(nanos, censored, latency.lateness(claim));
                }
                self.series[at].record(claim.intended_ns, nanos, censored);
            }
        }
        self.windows.record(claim, &self.timeouts);
    }

    /// Adds another collector's claims.
    pub fn merge(&mut self, other: &Self) {
        self.outcomes.add(&other.outcomes);
        for (end, count) in &other.reasons {
            *self.reasons.entry(end.clone()).or_default() += count;
        }
        self.classes.add(&other.classes);
        self.class_uncertain += other.class_uncertain;
        self.upper_bounds += other.upper_bounds;
        self.on_time += other.on_time;
        self.execs.merge(&other.execs);
        self.steps.merge(&other.steps);
        self.totals.merge(&other.totals);
        for (into, from) in self.latencies.iter_mut().zip(&other.latencies) {
            into.merge(from);
        }
        for (into, from) in self.corrected.iter_mut().zip(&other.corrected) {
            into.merge(from);
        }
        for (into, from) in self.series.iter_mut().zip(&other.series) {
            into.merge(from);
        }
        self.windows.merge(&other.windows);
    }

    /// Claims counted.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.outcomes.total()
    }

    /// How the claims counted so far ended.
    #[must_use]
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Why, by `outcome.reason`.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<String, u64> {
        self.reasons.iter().map(|(end, count)| (end.to_string(), *count)).collect()
    }

    /// Claims whose end has a reason, and holds this.
    pub(super) fn count(&self, holds: impl Fn(&End) -> bool) -> u64 {
        self.reasons.iter().filter(|(end, _)| holds(end)).map(|(_, count)| count).sum()
    }

    /// The ready claims by class.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// How the workload's first commands ended; `None` where it runs none.
    #[must_use]
    pub fn exec(&self) -> Option<ExecSummary> {
        self.timeouts.exec_ns.map(|_| self.execs.summary())
    }

    /// The steps of the workload, in their order; none of a run in which no session began.
    #[must_use]
    pub fn steps(&self) -> Vec<StepSummary> {
        self.steps.summary()
    }

    /// Where the ready claims' time went.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The durations of one latency.
    #[must_use]
    pub fn distribution(&self, latency: Latency) -> &Distribution {
        &self.latencies[latency as usize]
    }

    /// Its figures; `None` of nothing.
    #[must_use]
    pub fn figures_of(&self, latency: Latency) -> Option<Figures> {
        Figures::of(&self.latencies[latency as usize], &self.series[latency as usize], self.corrected(latency))
    }

    /// The same in order of time.
    pub(super) fn series(&self, latency: Latency) -> &Series {
        &self.series[latency as usize]
    }

    /// The same without the generator's lateness; `None` where it is not known of any claim.
    pub(super) fn corrected(&self, latency: Latency) -> Option<&Corrected> {
        latency.is_stamped().then(|| &self.corrected[latency as usize])
    }

    /// When the latency changed within the run, where it did; the claims must be of one steady load.
    #[must_use]
    pub fn unsteady(&self, latency: Latency) -> Option<Unsteady> {
        unsteady(&self.series[latency as usize])
    }

    /// The run's windows.
    #[must_use]
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Claims handed over within 100 ms of intended, of those that no limit of the load stopped; 1 of none.
    #[must_use]
    pub fn achieved_ratio(&self) -> f64 {
        match self.planned() - self.count(|end| matches!(end, End::NotSent(reason) if reason.is_limit())) {
            0 => 1.0,
            wanted => self.on_time as f64 / wanted as f64,
        }
    }
}
