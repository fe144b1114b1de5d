use agent_sandbox_common::suggest::{did_you_mean, listed};

use super::{FigureValue, Metric, ObjectiveResult, StepFigure, Summary, Way};
use crate::config::{Act, Comparison, Config, ConfigError, Objective};

/// Compares one figure of a summary with its limit. No figure (a percentile of nothing) does not meet anything, and a
/// lower bound never meets an upper limit, nor an upper bound a lower one.
#[must_use]
pub fn judge(objective: &Objective, summary: &Summary) -> ObjectiveResult {
    let metric = Metric::of_name(&objective.metric);
    let found = metric.as_ref().map(|metric| FigureValue::of(metric, summary));
    let (value, bound) = found.map_or((None, false), |found| (found.value, found.bound));
    let ends = found.and_then(|found| found.interval);
    let above = metric.is_some_and(|metric| metric.is_bounded_above());
    let unproven = if above { objective.comparison.is_lower() } else { objective.comparison.is_upper() };
    let met = value.is_some_and(|value| objective.is_met(value)) && !(bound && unproven);
    let undecided = if bound {
        // A bound on this side of the limit says nothing of the value: it may lie on either side.
        let open = |value: f64| if above { value > objective.limit } else { value < objective.limit };
        !met && value.is_some_and(open)
    } else {
        ends.is_some_and(|(low, high)| {
            low.is_none_or(|low| low < objective.limit) && high.is_none_or(|high| high > objective.limit)
        })
    };
    ObjectiveResult { expression: objective.to_string(), value, met, bound, undecided }
}

/// Refuses objectives over figures that no summary of this configuration has, limits without the unit they need, and
/// limits that no claim could miss. A claim that is not ready after `ready_timeout` has timed out.
///
/// # Errors
/// A [`ConfigError`] naming `slo[i]` and what is allowed.
pub fn check_objectives(config: &Config) -> Result<(), ConfigError> {
    config.slo.iter().enumerate().try_for_each(|(at, objective)| {
        let refuse = |allowed| ConfigError::not_allowed(format!("slo[{at}]"), format!("\"{objective}\""), allowed);
        fault(objective, config).map_or(Ok(()), |allowed| Err(refuse(allowed)))
    })
}

const NO_STEPS: &str = "another figure, as the workload has no steps";

/// What is allowed instead of `objective`; `None` where it is allowed.
fn fault(objective: &Objective, config: &Config) -> Option<String> {
    let load = &config.load;
    let Some(metric) = Metric::of_name(&objective.metric) else {
        let meant = did_you_mean(Metric::nearest(&objective.metric));
        return Some(format!(
            "a figure that docs/interface.md names, such as time_to_ready.p99 or warm_fraction{meant}"
        ));
    };
    if !metric.is_of_object(load.object) {
        return Some(format!("a figure that is not of claims alone, beside load.object: {}", load.object));
    }
    if let Metric::Latency(latency, _) = &metric
        && latency.is_of_pods()
        && !config.output.pods
    {
        return Some("another figure, or output.pods: true beside it".into());
    }
    if let Metric::Step(name, figure) = &metric
        && let Some(allowed) = other_steps(name, *figure, config)
    {
        return Some(allowed);
    }
    match (metric.is_duration(), objective.has_unit) {
        (true, false) => return Some(format!("a limit with a unit{}", did_you_mean(Some(format!("{objective}ms"))))),
        (false, true) => return Some(format!("a limit without a unit: {} is a number", objective.metric)),
        (true, true) | (false, false) => {}
    }
    let until_ready = matches!(metric, Metric::Latency(latency, statistic)
        if latency.ends_at_ready() && statistic.is_duration());
    let ready_timeout = load.ready_timeout;
    let vain = until_ready && objective.comparison.is_upper() && objective.limit >= ready_timeout.secs();
    vain.then(|| {
        format!("a limit below load.ready_timeout, {ready_timeout}: no claim waits longer, so none could miss it")
    })
}

/// The steps that have such a figure; `None` where `name` is one of them.
fn other_steps(name: &str, figure: StepFigure, config: &Config) -> Option<String> {
    let session = config.workload.session();
    let of_files = matches!(figure, StepFigure::MbPerS(_));
    let has = |act: &Act| Way::of(act).is_some_and(|way| !of_files || way.is_file());
    let steps: Vec<&str> = session.iter().filter(|it| has(&it.act)).map(|it| &*it.name).collect();
    let what = if of_files { "another figure, as no step writes or reads a file" } else { NO_STEPS };
    let all = if steps.is_empty() { what.into() } else { listed(&steps, name) };
    (!steps.contains(&name)).then_some(all)
}

impl ObjectiveResult {
    /// Whether its figure is a duration.
    #[must_use]
    pub fn is_duration(&self) -> bool {
        self.metric().is_some_and(|metric| metric.is_duration())
    }

    /// Whether a bound on its figure is an upper one.
    #[must_use]
    pub fn is_bounded_above(&self) -> bool {
        self.metric().is_some_and(|metric| metric.is_bounded_above())
    }

    fn metric(&self) -> Option<Metric> {
        let objective: Objective = self.expression.parse().ok()?;
        Metric::of_name(&objective.metric)
    }
}

impl Comparison {
    /// True where a larger value is worse, or any other than the limit.
    fn is_upper(self) -> bool {
        match self {
            Self::Less | Self::AtMost | Self::Equal => true,
            Self::Greater | Self::AtLeast => false,
        }
    }

    /// True where a smaller value is worse, or any other than the limit.
    fn is_lower(self) -> bool {
        match self {
            Self::Greater | Self::AtLeast | Self::Equal => true,
            Self::Less | Self::AtMost => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Duration, Load, LoadObject};

    fn refused(text: &str, ready_timeout_s: u64) -> Option<String> {
        refused_of(text, &Load { ready_timeout: Duration::from_secs(ready_timeout_s), ..Load::default() })
    }

    fn refused_of(text: &str, load: &Load) -> Option<String> {
        let config = Config { slo: vec![text.parse().unwrap()], load: load.clone(), ..Config::default() };
        check_objectives(&config).err().map(|error| error.to_string())
    }

    #[test]
    fn a_step_is_one_of_the_workload() {
        let refused = |text: &str, exec: Option<&str>| {
            let slo = vec![text.parse().unwrap()];
            let mut config = Config { slo, ..Config::default() };
            config.workload.exec = exec.map(str::to_owned);
            check_objectives(&config).err().map(|error| error.to_string())
        };
        for text in ["steps.exec.p99<50ms", "steps.exec.failed==0", "steps.exec.ok_fraction>=0.99"] {
            assert_eq!(refused(text, Some("id")), None);
            let error = refused(text, None).unwrap();
            assert!(error.ends_with("allowed: another figure, as the workload has no steps"), "{error}");
        }
        let error = refused("steps.exec.mb_per_s.p99>=5", Some("id")).unwrap();
        assert!(error.ends_with("allowed: another figure, as no step writes or reads a file"), "{error}");
        assert!(refused("steps.exek.p99<1s", Some("id")).unwrap().ends_with("allowed: exec"));
        assert!(refused("steps.exec.p99<1", Some("id")).unwrap().contains("a limit with a unit"));
    }

    #[test]
    fn what_only_claims_have_is_refused_of_bare_objects() {
        for object in LoadObject::ALL {
            let load = Load { object, ..Load::default() };
            for text in
                ["warm_fraction>=0.9", "classes.warm>0", "time_to_ready_warm.p99<1s", "time_to_capacity_back.p50<1s"]
            {
                let refused = refused_of(text, &load);
                assert_eq!(refused.is_some(), object.is_bare(), "{object} {text}: {refused:?}");
                let words = format!("beside load.object: {object}");
                assert!(refused.is_none_or(|error| error.starts_with("slo[0]: got ") && error.ends_with(&words)));
            }
            for text in ["time_to_ready_cold.p99<1s", "classes.cold>0", "ready_fraction>=1", "time_to_deleted.p50<1s"] {
                assert_eq!(refused_of(text, &load), None, "{object} {text}");
            }
        }
    }

    #[test]
    fn a_limit_that_nothing_can_miss_is_refused() {
        for text in ["time_to_ready.p99<3s", "time_to_ready.mean<=2s", "time_to_ready_warm.max<2s"] {
            let error = refused(text, 2).unwrap();
            assert!(error.starts_with("slo[0]: got ") && error.contains("load.ready_timeout, 2s"), "{error}");
        }
        for text in ["time_to_ready.p99<1.9s", "time_to_ready.p99>3s", "create_ack.p99<3s", "time_to_deleted.max<9s"] {
            assert_eq!(refused(text, 2), None, "{text}");
        }
    }

    #[test]
    fn a_latency_has_a_unit_and_a_number_has_none() {
        for text in ["time_to_ready.p99<500", "schedule_lag.max<0.01", "time_to_deleted.p50>=1"] {
            assert!(refused(text, 180).unwrap().contains("allowed: a limit with a unit"), "{text}");
        }
        for text in ["warm_fraction>=1s", "outcomes.failed==0ms", "time_to_ready.count>3s"] {
            assert!(refused(text, 180).unwrap().contains("allowed: a limit without a unit"), "{text}");
        }
        for text in ["warm_fraction>=0.99", "outcomes.failed==0", "time_to_ready.censored==0"] {
            assert_eq!(refused(text, 180), None, "{text}");
        }
    }
}
