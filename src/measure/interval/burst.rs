//! The interval of a percentile of one burst: claims that were all intended at one instant.
//!
//! They share one queue, so they are not independent, and in order of intended instant there is no order. What can be
//! told is how evenly they were served: the percentile is the instant of one completion, the sum of the times between
//! the completions before it.

use crate::measure::probability::student_quantile;

/// Stretches of completions that the time up to the percentile is cut into.
const STRETCHES: u32 = 8;

/// The duration at `quantile` of the same burst again, with fresh service times, lies between the two with probability
/// 1 - 2 `tail`. `value` is the quantile function. It assumes that the stretches are alike and independent. The
/// interval is too wide where they are not alike (a warm part and a cold one). It does not include what differs from
/// one burst to the next.
pub fn burst(quantile: f64, tail: f64, value: impl Fn(f64) -> Option<f64>) -> Option<(f64, f64)> {
    let ends: Option<Vec<f64>> =
        (1..=STRETCHES).map(|end| value(quantile * f64::from(end) / f64::from(STRETCHES))).collect();
    let ends = ends.filter(|ends| ends.iter().all(|end| end.is_finite()))?;
    let middle = *ends.last()?;
    // The first stretch is not like the others: it holds the first service time, in which nothing completes.
    let lengths: Vec<f64> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let count = lengths.len() as f64;
    let mean = lengths.iter().sum::<f64>() / count;
    let variance = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = student_quantile(1.0 - tail, count - 1.0) * (variance * f64::from(STRETCHES)).sqrt();
    (half < middle).then_some((middle - half, middle + half))
}
