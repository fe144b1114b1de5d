use agent_sandbox_bench::measure::{Percentile, Statistic};

use crate::history::Told;

/// The percentiles that are recomputed from the claims.
const PERCENTILES: [(Percentile, Statistic, f64); 3] = [
    (Percentile::P50, Statistic::P50, 0.5),
    (Percentile::P90, Statistic::P90, 0.9),
    (Percentile::P99, Statistic::P99, 0.99),
];

/// A histogram keeps three digits.
const DIGITS: f64 = 2e-3;

/// Where the figures of the time to ready are not those of the claims: a claim that was not ready stands behind all that
/// were, as a bound.
pub fn wrong(told: &Told) -> Vec<String> {
    let mut ready: Vec<f64> = told
        .claims
        .iter()
        .filter_map(|claim| claim.ready_ns.map(|at| at - claim.intended_ns))
        .map(|ns| ns.max(0) as f64 / 1e9)
        .collect();
    ready.sort_by(f64::total_cmp);
    let untried = told.claims.iter().filter(|claim| claim.is_after_end()).count();
    let (count, known) = ((told.claims.len() - untried) as u64, ready.len() as u64);
    let Some(Some(figures)) = told.summary.latency_s.get("time_to_ready") else {
        return (count > 0).then(|| format!("{count} claims have no time_to_ready")).into_iter().collect();
    };
    let mut found = Vec::new();
    if (figures.count, figures.censored) != (count, count - known) {
        found.push(format!(
            "time_to_ready counts {} with {} bounds, and there are {count} with {}",
            figures.count,
            figures.censored,
            count - known
        ));
    }
    for (percentile, statistic, quantile) in PERCENTILES {
        let rank = ((quantile * count as f64).ceil() as usize).max(1);
        let (said, is_bound) = (figures.get(statistic), figures.bounds.contains(statistic));
        let is_right = match ready.get(rank - 1) {
            Some(value) => !is_bound && (said - value).abs() <= value * DIGITS + 1e-9,
            None => is_bound,
        };
        if !is_right {
            found.push(format!("{percentile:?} is {said} s, a bound: {is_bound}; by rank {:?} s", ready.get(rank - 1)));
        }
    }
    found
}
