//! Which order statistics hold a quantile between them (David and Nagaraja 2003, section 7.1).

use crate::measure::probability::{binomial_at_least, bisect};

/// Ranks, counted from 1, of the two of `count` sorted values between which the quantile lies with probability
/// 1 - 2 `tail`. Each is `None` where even the outermost value is not sure enough. `effective` says how many
/// independent values tell as much as the `count`; ranks are found among those and carried over.
pub fn ranks(quantile: f64, tail: f64, count: u64, effective: f64) -> (Option<u64>, Option<u64>) {
    let upper = upper_rank(quantile, tail, effective);
    // The same question seen from the largest value downward.
    let lower = upper_rank(1.0 - quantile, tail, effective);
    let carried = |rank: f64| ((rank * count as f64 / effective - 1e-9).ceil() as u64).clamp(1, count);
    (lower.map(|rank| count + 1 - carried(rank)), upper.map(carried))
}

/// The least rank whose value is below the quantile with probability `tail` at most.
fn upper_rank(quantile: f64, tail: f64, effective: f64) -> Option<f64> {
    let below = |rank: f64| binomial_at_least(rank, effective, quantile) <= tail;
    below(effective).then(|| bisect(0.0, effective, below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_tables() {
        // Conover 1999, table A3 and by the binomial sums: 100 values, median; 50 values, p99.
        assert_eq!(ranks(0.5, 0.025, 100, 100.0), (Some(40), Some(61)));
        assert_eq!(ranks(0.99, 0.025, 50, 50.0), (Some(48), None));
        assert_eq!(ranks(0.5, 0.025, 5, 5.0), (None, None));
        assert_eq!(ranks(0.5, 0.025, 6, 6.0), (Some(1), Some(6)));
    }

    #[test]
    fn fewer_effective_values_are_wider() {
        let (low, high) = ranks(0.9, 0.025, 1000, 1000.0);
        let (lower, higher) = ranks(0.9, 0.025, 1000, 100.0);
        assert!(lower < low && high < higher);
    }
}
