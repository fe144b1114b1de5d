use serde::{Deserialize, Serialize};

use super::stages_of;
use crate::measure::{ClaimRecord, Distribution, Stage};

/// The time that ready claims spent in each stage; halves merge to the whole.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    stages: [Distribution; Stage::ALL.len()],
    /// From intended to Ready.
    ready: Distribution,
}

/// What one stage cost the ready claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageTotal {
    /// Which.
    pub stage: Stage,
    /// Its part of the time of all ready claims, from intended to Ready.
    pub share: f64,
    /// Claims that spent time in it.
    pub claims: u64,
    /// Of those, seconds.
    pub mean_s: f64,
    /// Likewise.
    pub p99_s: f64,
    /// Likewise.
    pub max_s: f64,
}

impl Totals {
    /// Counts one claim, where it is ready.
    pub fn record(&mut self, claim: &ClaimRecord) {
        if !claim.is_ready() {
            return;
        }
        let stages = stages_of(claim);
        self.ready.record(stages.values().sum(), false);
        for (stage, nanos) in stages.iter() {
            self.stages[*stage as usize].record(*nanos, false);
        }
    }

    /// Adds those of other claims.
    pub fn merge(&mut self, other: &Self) {
        self.ready.merge(&other.ready);
        self.stages.iter_mut().zip(&other.stages).for_each(|(into, from)| into.merge(from));
    }

    /// From intended to Ready.
    #[must_use]
    pub fn ready(&self) -> &Distribution {
        &self.ready
    }

    /// By stage, the largest first.
    #[must_use]
    pub fn stages(&self) -> Vec<StageTotal> {
        let seconds = |of: &Distribution| of.mean().map_or(0.0, |mean| mean * of.count() as f64);
        let all_s = seconds(&self.ready);
        let total = |(stage, of): (Stage, &Distribution)| {
            Some(StageTotal {
                stage,
                share: if all_s > 0.0 { seconds(of) / all_s } else { 0.0 },
                claims: of.count(),
                mean_s: of.mean()?,
                p99_s: of.quantile(0.99)?,
                max_s: of.max()?,
            })
        };
        let mut totals: Vec<StageTotal> = Stage::ALL.into_iter().zip(&self.stages).filter_map(total).collect();
        totals.sort_by(|one, other| other.share.total_cmp(&one.share));
        totals
    }
}
