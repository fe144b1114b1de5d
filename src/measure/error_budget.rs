//! Which figures the generator itself may have made too high, by more than is allowed.

use std::fmt;

use super::instrument::{Corrected, value};
use super::{Collector, Distribution, Latency, Metric, Statistic};
use crate::config::{Objective, Validity};

/// An error below this is never held against a run, in seconds: what waking a thread may take.
const ALLOWANCE_S: f64 = 1e-4;
/// Figures of time to ready that are judged in every run.
const JUDGED: [Statistic; 4] = [Statistic::P50, Statistic::P90, Statistic::P95, Statistic::P99];

/// A figure that the generator's own lateness may have made too high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasurementError {
    /// Of which latency.
    pub latency: Latency,
    /// Which figure.
    pub statistic: Statistic,
    /// The figure, seconds.
    pub value_s: f64,
    /// How much too high it is at most, seconds.
    pub error_s: f64,
    /// How much too high it may be, seconds.
    pub allowed_s: f64,
}

impl MeasurementError {
    /// The error of a figure, where it exceeds `share` of it and 0.1 ms.
    pub(super) fn beyond(
        share: f64,
        latency: Latency,
        statistic: Statistic,
        measured: &Distribution,
        corrected: &Corrected,
    ) -> Option<Self> {
        let error_s = corrected.error(measured, statistic)?;
        let value_s = value(measured, statistic)?;
        let allowed_s = share * value_s + ALLOWANCE_S;
        (error_s > allowed_s).then_some(Self { latency, statistic, value_s, error_s, allowed_s })
    }
}

/// Of several figures of one latency, the message of each names it.
impl fmt::Display for MeasurementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |seconds: f64| format!("{:.2} ms", seconds * 1e3);
        write!(
            f,
            "measurement_error: {}.{} of {} may be {} too high, {} allowed: lower the rate, free a core, or raise \
             validity.max_error",
            self.latency,
            self.statistic,
            ms(self.value_s),
            ms(self.error_s),
            ms(self.allowed_s)
        )
    }
}

impl Collector {
    /// The figures that the generator's lateness may have made too high: p50 to p99 of time to ready, and what objectives
    /// name.
    #[must_use]
    pub fn measurement_errors(&self, tolerances: &Validity, objectives: &[Objective]) -> Vec<MeasurementError> {
        let always = JUDGED.map(|statistic| (Latency::TimeToReady, statistic));
        let named = objectives.iter().filter_map(|objective| match Metric::of_name(&objective.metric)? {
            Metric::Latency(latency, statistic) => Some((latency, statistic)),
            Metric::Single(_)
            | Metric::Outcome(_)
            | Metric::Class(_)
            | Metric::Exec(_)
            | Metric::Step(..)
            | Metric::Reason(_) => None,
        });
        let mut figures = always.to_vec();
        for figure in named {
            if !figures.contains(&figure) {
                figures.push(figure);
            }
        }
        let share = tolerances.max_error.fraction();
        let error = |(latency, statistic): (Latency, Statistic)| {
            MeasurementError::beyond(share, latency, statistic, self.distribution(latency), self.corrected(latency)?)
        };
        figures.into_iter().filter_map(error).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    #[test]
    fn a_share_of_the_figure_and_a_tenth_of_a_millisecond_are_allowed() {
        let beyond = |by_us: i64| {
            let (mut measured, mut corrected) = (Distribution::default(), Corrected::default());
            measured.record(10 * MS, false);
            corrected.record(10 * MS, false, Some(by_us * 1000));
            MeasurementError::beyond(0.05, Latency::TimeToReady, Statistic::P50, &measured, &corrected).is_some()
        };
        assert!(!beyond(590) && beyond(620));
    }
}
