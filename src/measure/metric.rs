use agent_sandbox_common::words;

use super::{Class, ExecCount, Latency, Outcome, Statistic, Summary};

/// A figure of a summary, as objectives name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// A figure that stands alone.
    Single(Single),
    /// Claims of an outcome.
    Outcome(Outcome),
    /// Ready claims of a class.
    Class(Class),
    /// Commands of the workload.
    Exec(ExecCount),
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
        /// Commands of the workload that ran well, as a share of those started; none of no command.
        ExecFraction = "exec_fraction",
        /// Claims handed over in time, as a share.
        AchievedRatio = "achieved_ratio",
        /// Most claims sent and not yet ended.
        PeakInFlight = "peak_in_flight",
        /// Most claims created and not yet released.
        PeakAlive = "peak_alive",
    }
}

impl Metric {
    /// Whether it is a duration, and not a number or a share.
    #[must_use]
    pub fn is_duration(&self) -> bool {
        match self {
            Self::Latency(_, statistic) => statistic.is_duration(),
            Self::Single(_) | Self::Outcome(_) | Self::Class(_) | Self::Exec(_) | Self::Reason(_) => false,
        }
    }

    /// What a dotted name means; `None` of what no summary has.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name.split_once('.') {
            None => Single::of_name(name).map(Self::Single),
            Some(("outcomes", name)) => Outcome::of_name(name).map(Self::Outcome),
            Some(("classes", name)) => Class::of_name(name).map(Self::Class),
            Some(("exec", name)) => ExecCount::of_name(name).map(Self::Exec),
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
        let exec = ExecCount::ALL.map(ExecCount::name).join(", exec.");
        let single = Single::ALL.map(Single::name).join(", ");
        format!(
            "LATENCY.STATISTIC with a latency of {latencies} and a statistic of {statistics}; outcomes.{outcomes}; \
             classes.{classes}; exec.{exec}; {single}; reasons.OUTCOME.REASON"
        )
    }

    /// The figure in `summary`; `None` of nothing.
    #[must_use]
    pub fn of(&self, summary: &Summary) -> Option<f64> {
        let outcomes = &summary.outcomes;
        match self {
            Self::Single(Single::WarmFraction) => summary.classes.warm_fraction(),
            Self::Single(Single::ReadyFraction) => outcomes.ready_fraction(),
            Self::Single(Single::ExecFraction) => summary.exec.as_ref()?.ok_fraction,
            Self::Single(Single::AchievedRatio) => Some(summary.achieved_ratio),
            Self::Single(Single::PeakInFlight) => Some(summary.peak_in_flight as f64),
            Self::Single(Single::PeakAlive) => Some(summary.peak_alive as f64),
            Self::Outcome(outcome) => Some(outcomes.of(*outcome) as f64),
            Self::Class(class) => Some(summary.classes.of(*class) as f64),
            Self::Exec(count) => Some(summary.exec.as_ref()?.of(*count) as f64),
            Self::Reason(key) => Some(summary.reasons.get(key).copied().unwrap_or(0) as f64),
            Self::Latency(latency, statistic) => summary.figures(*latency).map(|figures| figures.get(*statistic)),
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
