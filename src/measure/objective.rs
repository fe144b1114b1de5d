use super::{Latency, ObjectiveResult, Summary};
use crate::config::{ConfigError, Objective};

const STATISTICS: [&str; 10] = ["count", "censored", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max"];
const OUTCOMES: [&str; 5] = ["ready", "failed", "timed_out", "rejected", "not_sent"];
const CLASSES: [&str; 3] = ["warm", "warm_unready", "cold"];
const SINGLE: [&str; 5] = ["warm_fraction", "ready_fraction", "achieved_ratio", "peak_in_flight", "peak_alive"];

/// Compares one figure of a summary with its limit. No figure (a percentile of nothing) does not meet anything.
#[must_use]
pub fn judge(objective: &Objective, summary: &Summary) -> ObjectiveResult {
    let value = figure(&objective.metric, summary);
    let met = value.is_some_and(|value| objective.is_met(value));
    ObjectiveResult { expression: objective.to_string(), value, met }
}

/// Refuses objectives over figures that no summary has.
///
/// # Errors
/// A [`ConfigError`] naming `slo[i]` and what may be named there.
pub fn check_objectives(objectives: &[Objective]) -> Result<(), ConfigError> {
    match objectives.iter().position(|objective| !is_known(&objective.metric)) {
        None => Ok(()),
        Some(at) => {
            let latencies: Vec<_> = Latency::ALL.iter().map(|latency| latency.name()).collect();
            let allowed = format!(
                "LATENCY.STATISTIC with a latency of {} and a statistic of {}; outcomes.{}; classes.{}; {}; reasons.OUTCOME.REASON",
                latencies.join(", "),
                STATISTICS.join(", "),
                OUTCOMES.join(", outcomes."),
                CLASSES.join(", classes."),
                SINGLE.join(", ")
            );
            Err(ConfigError::not_allowed(format!("slo[{at}]"), format!("\"{}\"", objectives[at]), allowed))
        }
    }
}

fn is_known(metric: &str) -> bool {
    match metric.split_once('.') {
        None => SINGLE.contains(&metric),
        Some(("outcomes", name)) => OUTCOMES.contains(&name),
        Some(("classes", name)) => CLASSES.contains(&name),
        Some(("reasons", key)) => key.split_once('.').is_some_and(|(outcome, _)| OUTCOMES.contains(&outcome)),
        Some((latency, statistic)) => {
            Latency::ALL.iter().any(|known| known.name() == latency) && STATISTICS.contains(&statistic)
        }
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
        Some((latency, statistic)) => {
            let figures = summary.latency_s.get(latency)?.as_ref()?;
            number(&serde_json::to_value(figures).ok()?, statistic)
        }
    }
}

fn number(object: &serde_json::Value, key: &str) -> Option<f64> {
    object.get(key)?.as_f64()
}
