use agent_sandbox_common::words;

use super::{Class, Figures, Latency, Outcome, Summary};

/// A figure of a summary, as objectives name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// A figure that stands alone.
    Single(Single),
    /// Claims of an outcome.
    Outcome(Outcome),
    /// Ready claims of a class.
    Class(Class),
    /// Claims of a reason, by `outcome.reason`.
    Reason(String),
    /// A statistic of a latency.
    Latency(Latency, Statistic),
}

words! {
    /// The figures that stand alone.
    pub enum Single {
        /// Ready claims that were warm, as a share; none of no ready claim.
        WarmFraction = "warm_fraction",
        /// Planned claims that became ready, as a share; none of no claim.
        ReadyFraction = "ready_fraction",
        /// Claims handed over in time, as a share.
        AchievedRatio = "achieved_ratio",
        /// Most claims sent and not yet ended.
        PeakInFlight = "peak_in_flight",
        /// Most claims created and not yet released.
        PeakAlive = "peak_alive",
    }

    /// The statistics of a latency.
    pub enum Statistic {
        /// Values.
        Count = "count",
        /// Values that are lower bounds.
        Censored = "censored",
        /// Smallest, seconds as all that follow.
        Min = "min",
        /// Arithmetic mean.
        Mean = "mean",
        /// Median.
        P50 = "p50",
        /// 90th percentile.
        P90 = "p90",
        /// 95th percentile.
        P95 = "p95",
        /// 99th percentile.
        P99 = "p99",
        /// 99.9th percentile.
        P999 = "p999",
        /// Largest.
        Max = "max",
    }
}

impl Statistic {
    /// True for claims, false for seconds.
    #[must_use]
    pub const fn is_count(self) -> bool {
        match self {
            Self::Count | Self::Censored => true,
            Self::Min | Self::Mean | Self::P50 | Self::P90 | Self::P95 | Self::P99 | Self::P999 | Self::Max => false,
        }
    }

    const fn of(self, figures: &Figures) -> f64 {
        match self {
            Self::Count => figures.count as f64,
            Self::Censored => figures.censored as f64,
            Self::Min => figures.min,
            Self::Mean => figures.mean,
            Self::P50 => figures.p50,
            Self::P90 => figures.p90,
            Self::P95 => figures.p95,
            Self::P99 => figures.p99,
            Self::P999 => figures.p999,
            Self::Max => figures.max,
        }
    }
}

impl Metric {
    /// What a dotted name means; `None` of what no summary has.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name.split_once('.') {
            None => Single::of_name(name).map(Self::Single),
            Some(("outcomes", name)) => Outcome::of_name(name).map(Self::Outcome),
            Some(("classes", name)) => Class::of_name(name).map(Self::Class),
            Some(("reasons", key)) => {
                let (outcome, _) = key.split_once('.')?;
                Outcome::of_name(outcome).map(|_| Self::Reason(key.to_owned()))
            }
            Some((latency, statistic)) => {
                Some(Self::Latency(Latency::of_name(latency)?, Statistic::of_name(statistic)?))
            }
        }
    }

    /// The names there are.
    #[must_use]
    pub fn names() -> String {
        let latencies = Latency::ALL.map(Latency::name).join(", ");
        let statistics = Statistic::ALL.map(Statistic::name).join(", ");
        let outcomes = Outcome::ALL.map(Outcome::name).join(", outcomes.");
        let classes = Class::ALL.map(Class::name).join(", classes.");
        let single = Single::ALL.map(Single::name).join(", ");
        format!(
            "LATENCY.STATISTIC with a latency of {latencies} and a statistic of {statistics}; outcomes.{outcomes}; \
             classes.{classes}; {single}; reasons.OUTCOME.REASON"
        )
    }

    /// The figure in `summary`; `None` of nothing.
    #[must_use]
    pub fn of(&self, summary: &Summary) -> Option<f64> {
        let outcomes = &summary.outcomes;
        match self {
            Self::Single(Single::WarmFraction) => summary.classes.warm_fraction(),
            Self::Single(Single::ReadyFraction) => outcomes.ready_fraction(),
            Self::Single(Single::AchievedRatio) => Some(summary.achieved_ratio),
            Self::Single(Single::PeakInFlight) => Some(summary.peak_in_flight as f64),
            Self::Single(Single::PeakAlive) => Some(summary.peak_alive as f64),
            Self::Outcome(outcome) => Some(outcomes.of(*outcome) as f64),
            Self::Class(class) => Some(summary.classes.of(*class) as f64),
            Self::Reason(key) => Some(summary.reasons.get(key).copied().unwrap_or(0) as f64),
            Self::Latency(latency, statistic) => summary.figures(*latency).map(|figures| statistic.of(&figures)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_what_a_summary_has() {
        let p99 = Metric::Latency(Latency::TimeToReady, Statistic::P99);
        assert_eq!(Metric::of_name("time_to_ready.p99"), Some(p99));
        assert_eq!(Metric::of_name("outcomes.not_sent"), Some(Metric::Outcome(Outcome::NotSent)));
        assert_eq!(Metric::of_name("reasons.failed.http_403"), Some(Metric::Reason("failed.http_403".into())));
        for name in ["", "p99", "time_to_ready", "time_to_ready.p98", "outcomes.lost", "reasons.failed", "time.p99"] {
            assert_eq!(Metric::of_name(name), None, "{name}");
        }
    }
}
