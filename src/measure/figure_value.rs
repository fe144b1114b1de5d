use serde::{Deserialize, Serialize};

use super::{Ends, Metric, Summary};

/// What a summary says of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FigureValue {
    /// The figure, durations in seconds; null where the run has none.
    pub value: Option<f64>,
    /// True where the value is a bound: a lower one, and of a rate an upper one.
    pub bound: bool,
    /// Its 95 % interval, of which an end may be null; null where it has none.
    pub interval: Option<Ends>,
}

impl FigureValue {
    /// That of `metric` in `summary`.
    #[must_use]
    pub fn of(metric: &Metric, summary: &Summary) -> Self {
        let figures = metric.figures(summary);
        Self {
            value: metric.of(summary),
            bound: figures.is_some_and(|(figures, statistic)| figures.bounds.contains(statistic)),
            interval: metric.interval(summary),
        }
    }
}
