//! How many more runs would give a verdict?

use super::distributions::{normal_upper, student_upper};

/// Runs a side from which on the spread between runs is known well enough.
pub const ENOUGH_RUNS: usize = 3;
/// More than anybody makes.
const MOST: f64 = 10_000.0;

/// Runs of the same length that each side needs, beyond `runs`, until the interval of a difference of `at` leaves out
/// either zero or `margin`. `deviation` is that of one run's figure. `None` where it is not known, or the number absurd.
pub fn more_runs(runs: usize, deviation: f64, at: f64, margin: f64, tail: f64, by_runs: bool) -> Option<usize> {
    let arm = at.abs().max(margin - at.abs());
    let mut needed = (runs + 1).max(ENOUGH_RUNS) as f64;
    while needed < MOST && deviation.is_finite() && at.is_finite() {
        let critical = if by_runs { student_upper(tail, 2.0 * needed - 2.0) } else { normal_upper(tail) };
        if critical * deviation * (2.0 / needed).sqrt() <= arm {
            return Some(needed as usize - runs);
        }
        needed = (needed * 1.05).max(needed + 1.0).floor();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_added_until_the_interval_is_narrow() {
        // 3.29 * 0.1 * sqrt(2 / 22) is below 0.1, with 21 it is not.
        assert_eq!(more_runs(1, 0.1, 0.1, 0.05, 0.000_5, false), Some(21));
        assert!(more_runs(1, 0.1, 0.1, 0.05, 0.000_5, true) > Some(21));
        assert_eq!(more_runs(1, 0.001, 0.1, 0.05, 0.000_5, true), Some(2));
        assert_eq!(more_runs(1, f64::INFINITY, 0.1, 0.05, 0.000_5, true), None);
    }
}
