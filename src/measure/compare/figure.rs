use serde::{Serialize, Serializer};

use super::{Observation, RunSample};
use crate::measure::Latency;

/// Share of the slowest claims whose mean is the figure `slowest_10pct`.
pub(super) const SLOWEST: f64 = 0.1;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A statistic of a latency.
    Latency(Latency, Statistic),
    /// A share of claims.
    Share(Share),
    /// CPU seconds for a claim: one number a run.
    CpuPerClaim,
}

/// A number that stands for many latencies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// The latency that this share of claims does not exceed.
    Quantile(f64),
    /// Of all.
    Mean,
    /// Mean of the slowest 10 %: it sees what happens to a few claims, and rests on more of them than p99 does.
    Slowest,
}

/// The shares that are compared; more is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Claims that did not become ready.
    Failed,
    /// Ready claims whose sandbox was made for them.
    Cold,
}

impl Figure {
    /// All, in the order of results.
    pub const ALL: [Self; 11] = [
        Self::Latency(Latency::TimeToReady, Statistic::Quantile(0.5)),
        Self::Latency(Latency::TimeToReady, Statistic::Quantile(0.9)),
        Self::Latency(Latency::TimeToReady, Statistic::Quantile(0.95)),
        Self::Latency(Latency::TimeToReady, Statistic::Quantile(0.99)),
        Self::Latency(Latency::TimeToReady, Statistic::Quantile(0.999)),
        Self::Latency(Latency::TimeToReady, Statistic::Mean),
        Self::Latency(Latency::TimeToReady, Statistic::Slowest),
        Self::Latency(Latency::TimeToFirstExec, Statistic::Quantile(0.5)),
        Self::Share(Share::Failed),
        Self::Share(Share::Cold),
        Self::CpuPerClaim,
    ];

    /// The figures on which `same` rests; the others may only show a difference.
    #[must_use]
    pub fn decides(self) -> bool {
        match self {
            Self::Latency(Latency::TimeToReady, Statistic::Quantile(quantile)) => quantile < 0.999,
            Self::Share(Share::Failed) => true,
            _ => false,
        }
    }

    /// Its part of the level, against that of others. The mean of the slowest claims has about half of the whole level.
    /// It alone shows what happens to one claim in fifty, and the quantiles depend on each other.
    pub(super) fn weight(self) -> f64 {
        if matches!(self, Self::Latency(_, Statistic::Slowest)) { 8.0 } else { 1.0 }
    }

    /// The latency that it is made of; none of shares and cost.
    #[must_use]
    pub fn latency(self) -> Option<Latency> {
        match self {
            Self::Latency(latency, _) => Some(latency),
            Self::Share(_) | Self::CpuPerClaim => None,
        }
    }

    /// True of a share, which differs by points and not by a factor.
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(self, Self::Share(_))
    }

    /// The scale on which it differs: shares by points, the rest by a factor, of which zero bounds nothing.
    pub(super) fn scale(self) -> fn(f64) -> f64 {
        if self.is_share() { |share| share } else { f64::ln }
    }

    /// A difference on its scale, as the output shows it: points for a share, otherwise a relative change.
    pub(super) fn change(self, difference: f64) -> f64 {
        if self.is_share() { difference } else { difference.exp_m1() }
    }

    /// The name, as objectives write it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Latency(latency, statistic) => match statistic {
                Statistic::Quantile(quantile) if quantile > 0.99 => format!("{latency}.p{:.0}", quantile * 1000.0),
                Statistic::Quantile(quantile) => format!("{latency}.p{:.0}", quantile * 100.0),
                Statistic::Mean => format!("{latency}.mean"),
                Statistic::Slowest => format!("{latency}.slowest_10pct"),
            },
            Self::Share(Share::Failed) => "failed_fraction".into(),
            Self::Share(Share::Cold) => "cold_fraction".into(),
            Self::CpuPerClaim => "cpu_per_claim".into(),
        }
    }

    /// The claims of a run that it is made of; none for what is one number a run.
    #[must_use]
    pub(super) fn observations(self, run: &RunSample) -> &[Observation] {
        match self {
            Self::Latency(Latency::TimeToReady, _) => &run.time_to_ready,
            Self::Latency(Latency::TimeToFirstExec, _) => &run.time_to_first_exec,
            Self::Share(Share::Failed) => &run.failed,
            Self::Share(Share::Cold) => &run.cold,
            // Of no other latency is there a sample.
            Self::Latency(..) | Self::CpuPerClaim => &[],
        }
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_objectives() {
        let names: Vec<String> = Figure::ALL.into_iter().map(Figure::name).collect();
        assert_eq!(names[0], "time_to_ready.p50");
        assert_eq!(names[4], "time_to_ready.p999");
        assert_eq!(names[6], "time_to_ready.slowest_10pct");
        assert_eq!(names[9..], ["cold_fraction", "cpu_per_claim"]);
    }
}
