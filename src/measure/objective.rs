use super::{Latency, ObjectiveResult, Statistic, Summary};
use crate::config::{Comparison, ConfigError, Duration, Objective};

const OUTCOMES: [&str; 5] = ["ready", "failed", "timed_out", "rejected", "not_sent"];
const CLASSES: [&str; 3] = ["warm", "warm_unready", "cold"];
const SINGLE: [&str; 5] = ["warm_fraction", "ready_fraction", "achieved_ratio", "peak_in_flight", "peak_alive"];

/// The latency and the figure of it that a metric such as `time_to_ready.p99` names.
fn of_latency(metric: &str) -> Option<(Latency, Statistic)> {
    let (latency, statistic) = metric.split_once('.')?;
    let latency = Latency::ALL.into_iter().find(|known| known.name() == latency)?;
    Some((latency, Statistic::of_name(statistic)?))
}

/// Whether a metric is a duration, whose limit has a unit.
#[must_use]
pub fn is_duration(metric: &str) -> bool {
    of_latency(metric).is_some_and(|(_, statistic)| statistic.is_duration())
}

/// Compares one figure of a summary with its limit. No figure (a percentile of nothing) does not meet anything, and a
/// lower bound never meets an upper limit.
#[must_use]
pub fn judge(objective: &Objective, summary: &Summary) -> ObjectiveResult {
    let expression = objective.to_string();
    let Some((latency, statistic)) = of_latency(&objective.metric) else {
        let value = figure(&objective.metric, summary);
        let met = value.is_some_and(|value| objective.is_met(value));
        return ObjectiveResult { expression, value, met, bound: false, undecided: false };
    };
    let Some(figures) = summary.figures(latency) else {
        return ObjectiveResult { expression, value: None, met: false, bound: false, undecided: false };
    };
    let (value, bound) = (figures.get(statistic), figures.bounds.contains(statistic));
    let met = objective.is_met(value) && !(bound && objective.comparison.is_upper());
    let ends = statistic.percentile().and_then(|percentile| figures.interval.of(percentile));
    let holds_limit = ends.is_some_and(|(low, high)| {
        low.is_none_or(|low| low < objective.limit) && high.is_none_or(|high| high > objective.limit)
    });
    // A bound below an upper limit says nothing of the value: it may lie on either side.
    let undecided = if bound { !met && value < objective.limit } else { holds_limit };
    ObjectiveResult { expression, value: Some(value), met, bound, undecided }
}

/// Refuses objectives over figures that no summary has, limits without the unit they need, and limits that no claim
/// could miss: a claim that is not ready after `ready_timeout` has timed out.
///
/// # Errors
/// A [`ConfigError`] naming `slo[i]` and what is allowed.
pub fn check_objectives(objectives: &[Objective], ready_timeout: Duration) -> Result<(), ConfigError> {
    for (at, objective) in objectives.iter().enumerate() {
        let field = format!("slo[{at}]");
        let refuse = |allowed: String| Err(ConfigError::not_allowed(&field, format!("\"{objective}\""), allowed));
        if !is_known(&objective.metric) {
            return refuse(known());
        }
        match (is_duration(&objective.metric), objective.has_unit) {
            (true, false) => {
                return refuse(format!("a limit with a unit, such as {}<500ms", objective.metric));
            }
            (false, true) => return refuse(format!("a limit without a unit: {} is a number", objective.metric)),
            (true, true) | (false, false) => {}
        }
        let until_ready = of_latency(&objective.metric).is_some_and(|(latency, _)| latency.ends_at_ready());
        if until_ready && objective.comparison.is_upper() && objective.limit >= ready_timeout.secs() {
            return refuse(format!(
                "a limit below load.ready_timeout, {ready_timeout}: no claim waits longer, so none could miss it"
            ));
        }
    }
    Ok(())
}

fn known() -> String {
    let latencies = Latency::ALL.map(Latency::name).join(", ");
    let statistics = Statistic::ALL.map(Statistic::name).join(", ");
    format!(
        "LATENCY.STATISTIC with a latency of {latencies} and a statistic of {statistics}; outcomes.{}; classes.{}; {}; \
         reasons.OUTCOME.REASON",
        OUTCOMES.join(", outcomes."),
        CLASSES.join(", classes."),
        SINGLE.join(", ")
    )
}

fn is_known(metric: &str) -> bool {
    match metric.split_once('.') {
        None => SINGLE.contains(&metric),
        Some(("outcomes", name)) => OUTCOMES.contains(&name),
        Some(("classes", name)) => CLASSES.contains(&name),
        Some(("reasons", key)) => key.split_once('.').is_some_and(|(outcome, _)| OUTCOMES.contains(&outcome)),
        Some(_) => of_latency(metric).is_some(),
    }
}

/// The figure a metric names; `None` of nothing.
pub(super) fn figure(metric: &str, summary: &Summary) -> Option<f64> {
    let planned = summary.outcomes.total();
    match metric.split_once('.') {
        None => match metric {
            "warm_fraction" => summary.classes.warm_fraction(),
            "ready_fraction" => (planned > 0).then(|| summary.outcomes.ready as f64 / planned as f64),
            "achieved_ratio" => Some(summary.achieved_ratio),
            "peak_in_flight" => Some(summary.peak_in_flight as f64),
            "peak_alive" => Some(summary.peak_alive as f64),
            _ => None,
        },
        Some(("outcomes", name)) => number(&serde_json::to_value(summary.outcomes).ok()?, name),
        Some(("classes", name)) => number(&serde_json::to_value(summary.classes).ok()?, name),
        Some(("reasons", key)) => Some(summary.reasons.get(key).copied().unwrap_or(0) as f64),
        Some(_) => of_latency(metric).and_then(|(latency, statistic)| Some(summary.figures(latency)?.get(statistic))),
    }
}

fn number(object: &serde_json::Value, key: &str) -> Option<f64> {
    object.get(key)?.as_f64()
}

impl Comparison {
    /// True where a larger value is worse, or any other than the limit.
    fn is_upper(self) -> bool {
        match self {
            Self::Less | Self::AtMost | Self::Equal => true,
            Self::Greater | Self::AtLeast => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, ready_timeout_s: u64) -> Option<String> {
        let objective = text.parse().unwrap();
        check_objectives(&[objective], Duration::from_secs(ready_timeout_s)).err().map(|error| error.to_string())
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
