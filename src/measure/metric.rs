use agent_sandbox_common::suggest::{did_you_mean, nearest};
use agent_sandbox_common::words;

use super::{Class, Ends, ExecCount, Figures, Latency, Outcome, Percentile, Statistic, Summary};
use crate::config::{ConfigError, LoadObject};

/// A figure of a summary, as objectives name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Metric {
    /// A figure that stands alone.
    Single(Single),
    /// Claims of an outcome.
    Outcome(Outcome),
    /// Ready claims of a class.
    Class(Class),
    /// First commands of the workload.
    Exec(ExecCount),
    /// A figure of the step of that name.
    Step(String, StepFigure),
    /// Claims of a reason, by `outcome.reason`.
    Reason(String),
    /// A statistic of a latency.
    Latency(Latency, Statistic),
}

/// A figure of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepFigure {
    /// How often it was done, or ended so.
    Count(ExecCount),
    /// Of those, the part that ended well.
    OkFraction,
    /// A statistic of its latency.
    Latency(Statistic),
    /// Its bytes over a percentile of its latency, in 10^6 bytes a second.
    MbPerS(Percentile),
}

impl StepFigure {
    fn of_name(name: &str) -> Option<Self> {
        let count = || ExecCount::of_name(name).map(Self::Count);
        let fraction = || (name == "ok_fraction").then_some(Self::OkFraction);
        let rate = || Some(Self::MbPerS(Percentile::of_name(name.strip_prefix("mb_per_s.")?)?));
        count().or_else(fraction).or_else(rate).or_else(|| Statistic::of_name(name).map(Self::Latency))
    }
}

words! {
    /// The figures that stand alone.
    pub enum Single {
        /// Ready claims that were warm, as a share; none of no ready claim.
        WarmFraction = "warm_fraction",
        /// Planned claims that became ready, as a share; none of no claim.
        ReadyFraction = "ready_fraction",
        /// First commands of the workload that ran well, as a share of those started; none of no command.
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
            Self::Latency(_, statistic) | Self::Step(_, StepFigure::Latency(statistic)) => statistic.is_duration(),
            Self::Single(_) | Self::Outcome(_) | Self::Class(_) | Self::Exec(_) | Self::Step(..) | Self::Reason(_) => {
                false
            }
        }
    }

    /// Whether there is such a figure of `object`.
    #[must_use]
    pub fn is_of_object(&self, object: LoadObject) -> bool {
        match self {
            Self::Latency(latency, _) => latency.is_of_object(object),
            Self::Single(Single::WarmFraction) | Self::Class(Class::Warm | Class::WarmUnready) => !object.is_bare(),
            Self::Single(_)
            | Self::Outcome(_)
            | Self::Class(Class::Cold)
            | Self::Exec(_)
            | Self::Step(..)
            | Self::Reason(_) => true,
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
            Some(("steps", figure)) => {
                let (name, figure) = figure.split_once('.')?;
                StepFigure::of_name(figure).map(|figure| Self::Step(name.to_owned(), figure))
            }
            Some(("reasons", key)) => {
                let (outcome, _) = key.split_once('.')?;
                Outcome::of_name(outcome).map(|_| Self::Reason(key.to_owned()))
            }
            Some((latency, statistic)) => {
                Some(Self::Latency(Latency::of_name(latency)?, Statistic::of_name(statistic)?))
            }
        }
    }

    /// What a name that `field` gives means.
    ///
    /// # Errors
    /// A [`ConfigError`] for what no summary has.
    pub fn named(field: &str, name: &str) -> Result<Self, ConfigError> {
        Self::of_name(name).ok_or_else(|| {
            let meant = did_you_mean(Self::nearest(name));
            let allowed = format!("a figure that docs/interface.md names, such as time_to_ready.p50{meant}");
            ConfigError::not_allowed(field, format!("\"{name}\""), allowed)
        })
    }

    /// Whether less of it is better; of ready claims, fractions and sandboxes side by side more is.
    #[must_use]
    pub fn less_is_better(&self) -> bool {
        match self {
            Self::Latency(..) | Self::Reason(_) | Self::Step(_, StepFigure::Latency(_)) => true,
            Self::Outcome(outcome) => *outcome != Outcome::Ready,
            Self::Class(class) => *class != Class::Warm,
            Self::Exec(count) | Self::Step(_, StepFigure::Count(count)) => *count == ExecCount::Failed,
            Self::Step(_, StepFigure::OkFraction | StepFigure::MbPerS(_)) => false,
            Self::Single(single) => *single == Single::PeakInFlight,
        }
    }

    /// The name that `name`, which is none, was most likely meant to be.
    #[must_use]
    pub fn nearest(name: &str) -> Option<String> {
        let outcomes = Outcome::ALL.iter().map(|outcome| format!("outcomes.{outcome}"));
        let classes = Class::ALL.iter().map(|class| format!("classes.{class}"));
        let execs = ExecCount::ALL.iter().map(|count| format!("exec.{count}"));
        let single = Single::ALL.iter().map(ToString::to_string);
        let of = |latency: &Latency| Statistic::ALL.map(|statistic| format!("{latency}.{statistic}"));
        let counts = single.chain(outcomes).chain(classes).chain(execs);
        let names: Vec<String> = counts.chain(Latency::ALL.iter().flat_map(of)).collect();
        let of_ready = |statistic: Statistic| format!("{}.{statistic}", Latency::TimeToReady);
        if let Some(latency) = Latency::of_name(name) {
            return Some(format!("{latency}.p99"));
        }
        if let Some(statistic) = Statistic::of_name(name) {
            return Some(of_ready(statistic));
        }
        let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        near.or_else(|| Statistic::of_name(name.rsplit_once('.')?.1).map(of_ready))
    }

    /// The figure in `summary`; `None` of nothing, and of what its load has not.
    #[must_use]
    pub fn of(&self, summary: &Summary) -> Option<f64> {
        let outcomes = &summary.outcomes;
        match self {
            _ if !self.is_of_object(summary.load.object) => None,
            Self::Single(Single::WarmFraction) => summary.classes.warm_fraction(),
            Self::Single(Single::ReadyFraction) => outcomes.ready_fraction(),
            Self::Single(Single::ExecFraction) => summary.exec.as_ref()?.ok_fraction,
            Self::Single(Single::AchievedRatio) => Some(summary.achieved_ratio),
            Self::Single(Single::PeakInFlight) => Some(summary.peak_in_flight as f64),
            Self::Single(Single::PeakAlive) => Some(summary.peak_alive as f64),
            Self::Outcome(outcome) => Some(outcomes.of(*outcome) as f64),
            Self::Class(class) => Some(summary.classes.of(*class) as f64),
            Self::Exec(count) => Some(summary.exec.as_ref()?.of(*count) as f64),
            Self::Step(name, StepFigure::Count(count)) => Some(summary.step(name)?.counts.of(*count) as f64),
            Self::Step(name, StepFigure::OkFraction) => summary.step(name)?.counts.ok_fraction,
            Self::Step(name, StepFigure::MbPerS(percentile)) => Some(summary.step(name)?.mb_per_s?.of(*percentile)),
            Self::Reason(key) => Some(summary.reasons.get(key).copied().unwrap_or(0) as f64),
            Self::Latency(..) | Self::Step(_, StepFigure::Latency(_)) => {
                self.figures(summary).map(|(figures, statistic)| figures.get(statistic))
            }
        }
    }

    /// Whether a bound on it is an upper one: a rate is at most what the least latency says.
    #[must_use]
    pub fn is_bounded_above(&self) -> bool {
        matches!(self, Self::Step(_, StepFigure::MbPerS(_)))
    }

    /// Its 95 % interval, of which an end may be unknown; `None` of what has none.
    #[must_use]
    pub fn interval(&self, summary: &Summary) -> Option<Ends> {
        let (figures, statistic) = self.figures(summary)?;
        let (low, high) = figures.interval.of(statistic.percentile()?)?;
        let Self::Step(name, StepFigure::MbPerS(_)) = self else { return Some((low, high)) };
        let megabytes = summary.step(name)?.bytes? as f64 / 1e6;
        let rate = |latency_s: f64| megabytes / latency_s.max(1e-9);
        Some((high.map(rate), low.map(rate)))
    }

    /// The figures of the latency that it is one of or rests on, and which; `None` of what has none.
    #[must_use]
    pub fn figures(&self, summary: &Summary) -> Option<(Figures, Statistic)> {
        match self {
            Self::Step(name, StepFigure::MbPerS(percentile)) => {
                Some((summary.step(name)?.latency_s?, percentile.statistic()))
            }
            Self::Latency(latency, statistic) => Some((summary.figures(*latency)?, *statistic)),
            Self::Step(name, StepFigure::Latency(statistic)) => Some((summary.step(name)?.latency_s?, *statistic)),
            Self::Single(_) | Self::Outcome(_) | Self::Class(_) | Self::Exec(_) | Self::Step(..) | Self::Reason(_) => {
                None
            }
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
        let write = |figure| Some(Metric::Step("write".into(), figure));
        assert_eq!(Metric::of_name("steps.write.p99"), write(StepFigure::Latency(Statistic::P99)));
        assert_eq!(Metric::of_name("steps.write.failed"), write(StepFigure::Count(ExecCount::Failed)));
        assert_eq!(Metric::of_name("steps.write.ok_fraction"), write(StepFigure::OkFraction));
        assert_eq!(Metric::of_name("steps.write.mb_per_s.p99"), write(StepFigure::MbPerS(Percentile::P99)));
        for name in [
            "steps",
            "steps.write",
            "steps.p99",
            "steps.write.p98",
            "steps.a.b.p99",
            "steps.write.mb_per_s",
            "steps.write.mb_per_s.max",
        ] {
            assert_eq!(Metric::of_name(name), None, "{name}");
        }
        assert_eq!(Metric::of_name("reasons.failed.http_403"), Some(Metric::Reason("failed.http_403".into())));
        for name in ["", "p99", "time_to_ready", "time_to_ready.p98", "outcomes.lost", "reasons.failed", "time.p99"] {
            assert_eq!(Metric::of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_near_to_one() {
        for (name, meant) in [
            ("time_to_redy.p99", "time_to_ready.p99"),
            ("p99", "time_to_ready.p99"),
            ("latency.p50", "time_to_ready.p50"),
            ("create_ack", "create_ack.p99"),
            ("time_to_ready.p98", "time_to_ready.p99"),
            ("outcomes.fail", "outcomes.failed"),
            ("warm_fracton", "warm_fraction"),
        ] {
            assert_eq!(Metric::nearest(name).as_deref(), Some(meant), "{name}");
        }
        assert_eq!(Metric::nearest("colour"), None);
    }
}
