//! When a count contradicts a stated rate.

use crate::measure::probability::binomial_at_least;

/// Chance of a false failure.
const REJECTED: f64 = 0.001;

/// False where the count is too low for the lowest rate, or too high for the highest, by more than chance explains.
pub fn within(count: u64, trials: u64, lowest: f64, highest: f64) -> bool {
    let (count, trials) = (count as f64, trials as f64);
    let at_most = 1.0 - binomial_at_least(count + 1.0, trials, lowest);
    at_most > REJECTED && binomial_at_least(count, trials, highest) > REJECTED
}
