//! The steps so far, and what they say taken together.

use super::posterior::Seen;
use super::step::{Ended, Verdict};

/// The steps in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    steps: Vec<(f64, Ended)>,
    /// The part of these since the threshold was bracketed.
    near: usize,
}

impl Tally {
    pub fn push(&mut self, rate: f64, ended: Ended) {
        self.near += usize::from(self.is_bracketed());
        self.steps.push((rate, ended));
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Steps at a rate that were judged.
    pub fn tried(&self, rate: f64) -> usize {
        self.count(|step| same(step.0, rate) && is_judged(&step.1))
    }

    pub fn met_at(&self, rate: f64) -> usize {
        self.count(|step| same(step.0, rate) && step.1.verdict() == Verdict::Met)
    }

    pub fn failed_twice(&self) -> bool {
        self.count(|step| step.1 == Ended::Failed) > 1
    }

    /// The last step's rate, where it failed or the generator was late for the first time.
    pub fn to_repeat(&self) -> Option<f64> {
        let (rate, ended) = self.steps.last()?;
        let late = *ended == Ended::GeneratorLimit && self.late_at(*rate) <= self.tried(*rate).max(1);
        (late || *ended == Ended::Failed).then_some(*rate)
    }

    /// The lowest rate that the generator could not send: late twice, and more often than not.
    pub fn ruled_out(&self) -> Option<f64> {
        let late = self.rates().filter(|rate| self.late_at(*rate) > self.tried(*rate).max(1));
        late.min_by(f64::total_cmp)
    }

    /// The lowest rate that was judged or ruled out.
    pub fn lowest(&self) -> Option<f64> {
        self.rates().min_by(f64::total_cmp)
    }

    /// The highest rate that was met more often than not, below what the generator cannot send.
    pub fn highest_met(&self, ceiling: Option<f64>) -> Option<f64> {
        let met = self.rates().filter(|rate| {
            self.met_at(*rate) * 2 >= self.tried(*rate).max(1) && ceiling.is_none_or(|ceiling| *rate < ceiling)
        });
        met.max_by(f64::total_cmp)
    }

    /// The lowest rate that was not met, where one step alone says so: anything may have happened in it.
    pub fn miss_to_repeat(&self) -> Option<f64> {
        let lowest = self.not_met().min_by(f64::total_cmp)?;
        (self.tried(lowest) < 2).then_some(lowest)
    }

    /// The lowest rate that was not met or the highest that was, where one step alone says so.
    pub fn edge_to_repeat(&self) -> Option<f64> {
        let met = || self.highest_met(None).filter(|rate| self.tried(*rate) < 2);
        self.miss_to_repeat().or_else(met)
    }

    /// Between the highest rate met and the lowest missed, where they are in order and further apart than this factor.
    pub fn gap(&self, factor: f64) -> Option<f64> {
        let (met, missed) = (self.highest_met(None)?, self.not_met().min_by(f64::total_cmp)?);
        (missed / met > factor).then(|| (met * missed).sqrt())
    }

    /// True where two steps at a rate, or at it and below, were not met, and at it not more were met.
    pub fn is_missed(&self) -> bool {
        self.not_met().any(|rate| {
            let below = self.count(|step| step.0 <= rate && is_judged(&step.1) && step.1.verdict() != Verdict::Met);
            below > 1
        })
    }

    /// Steps since the threshold was bracketed.
    pub fn near(&self) -> usize {
        self.near
    }

    fn is_bracketed(&self) -> bool {
        self.is_missed() && self.highest_met(None).is_some()
    }

    /// The highest rate that this many steps met, or higher ones.
    pub fn met_by(&self, steps: usize) -> Option<f64> {
        let mut met: Vec<f64> =
            self.steps.iter().filter(|step| step.1.verdict() == Verdict::Met).map(|step| step.0).collect();
        met.sort_by(|one, other| other.total_cmp(one));
        met.get(steps - 1).copied()
    }

    /// What was seen, for the posterior.
    pub fn seen(&self) -> Vec<Seen<'_>> {
        let judged = self.steps.iter().filter_map(|(rate, ended)| match ended {
            Ended::Judged { evidence, queue_growing } => Some(Seen { rate: *rate, evidence, growing: *queue_growing }),
            _ => None,
        });
        judged.collect()
    }

    /// Lowest and highest rate judged.
    pub fn range(&self) -> (f64, f64) {
        let rates = || self.steps.iter().filter(|step| is_judged(&step.1)).map(|step| step.0);
        (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max))
    }

    /// The lowest rate above this one that more steps did not meet than met, or the lowest of all.
    pub fn not_met_above(&self, rate: Option<f64>) -> Option<f64> {
        self.not_met().filter(|not_met| rate.is_none_or(|rate| *not_met > rate)).min_by(f64::total_cmp)
    }

    /// Rates that more steps did not meet than met.
    fn not_met(&self) -> impl Iterator<Item = f64> {
        self.rates().filter(|rate| self.tried(*rate) > 0 && self.met_at(*rate) * 2 < self.tried(*rate))
    }

    fn rates(&self) -> impl Iterator<Item = f64> {
        self.steps.iter().map(|step| step.0)
    }

    fn late_at(&self, rate: f64) -> usize {
        self.count(|step| same(step.0, rate) && step.1 == Ended::GeneratorLimit)
    }

    fn count(&self, of: impl Fn(&(f64, Ended)) -> bool) -> usize {
        self.steps.iter().filter(|step| of(step)).count()
    }
}

fn is_judged(ended: &Ended) -> bool {
    matches!(ended, Ended::Judged { .. })
}

fn same(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() < 1e-9
}
