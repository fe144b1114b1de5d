//! The difference of two sides, with its interval.

use super::between::Between;
use super::distributions::{normal_upper, student_upper};
use super::estimate::Estimate;

/// How a figure differs, new from base: as the logarithm of a ratio or as a plain difference.
#[derive(Debug, Clone, Copy)]
pub struct Difference {
    pub at: f64,
    /// Infinite where nothing bounds it, as `high`.
    pub low: f64,
    pub high: f64,
    /// The difference that is found eight times of ten.
    pub smallest: f64,
}

/// Chance with which the smallest effect is not found.
const MISSED: f64 = 0.2;

impl Difference {
    /// From the two intervals (square and add: Zou and Donner 2008; for shares Newcombe 1998, method 10). `scale` is the
    /// logarithm or nothing.
    pub fn of_estimates(base: &Estimate, new: &Estimate, scale: fn(f64) -> f64, tail: f64) -> Self {
        let [base, new] = [base, new].map(|side| [side.low, side.at, side.high].map(scale));
        let at = new[1] - base[1];
        let lower = (new[1] - new[0]).hypot(base[2] - base[1]);
        let upper = (new[2] - new[1]).hypot(base[1] - base[0]);
        let smallest = lower * (1.0 + normal_upper(MISSED) / normal_upper(tail));
        Self { at, low: at - lower, high: at + upper, smallest }
    }

    /// From the spread of the runs (Student 1908).
    pub fn of_runs(between: &Between, tail: f64) -> Self {
        let at = between.means[1] - between.means[0];
        let error = between.deviation * between.error;
        let arm = student_upper(tail, between.df) * error;
        let low = if between.has_bounds[0] { f64::NEG_INFINITY } else { at - arm };
        let high = if between.has_bounds[1] { f64::INFINITY } else { at + arm };
        Self { at, low, high, smallest: arm + student_upper(MISSED, between.df) * error }
    }

    /// As wide as the wider of both.
    pub fn widened(self, other: &Self) -> Self {
        let (low, high) = (self.low.min(other.low), self.high.max(other.high));
        Self { low, high, smallest: self.smallest.max(other.smallest), ..self }
    }
}
