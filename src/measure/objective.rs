use super::{Metric, ObjectiveResult, Summary};
use crate::config::{ConfigError, Objective};

/// Compares one figure of a summary with its limit. No figure (a percentile of nothing) does not meet anything.
#[must_use]
pub fn judge(objective: &Objective, summary: &Summary) -> ObjectiveResult {
    let value = Metric::of_name(&objective.metric).and_then(|metric| metric.of(summary));
    let met = value.is_some_and(|value| objective.is_met(value));
    ObjectiveResult { expression: objective.to_string(), value, met }
}

/// Refuses objectives over figures that no summary has.
///
/// # Errors
/// A [`ConfigError`] naming `slo[i]` and what may be named there.
pub fn check_objectives(objectives: &[Objective]) -> Result<(), ConfigError> {
    match objectives.iter().position(|objective| Metric::of_name(&objective.metric).is_none()) {
        None => Ok(()),
        Some(at) => {
            Err(ConfigError::not_allowed(format!("slo[{at}]"), format!("\"{}\"", objectives[at]), Metric::names()))
        }
    }
}
