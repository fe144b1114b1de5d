//! Does the queue grow?

/// Parts of a step that are compared.
const PARTS: usize = 10;
/// Kendall's S of ten values in no order exceeds this once in 1,000 times: 45 is all pairs in order.
const TREND: i32 = 31;
/// The latency must have risen by this share of the lower limit, or a trend is no matter.
const MATTERS: f64 = 0.1;

/// True when claims waited longer and longer through a step. That is: the latencies of ten parts of the step rise from
/// the first half to the second by a tenth of `limit` or more, and by more than chance.
///
/// `latencies` are pairs of an instant and the time to ready, or its lower bound, in seconds.
#[must_use]
pub fn queue_grows(latencies: &[(f64, f64)], limit: f64) -> bool {
    let instants = || latencies.iter().map(|one| one.0);
    let (first, last) = (instants().fold(f64::INFINITY, f64::min), instants().fold(0.0, f64::max));
    let mut parts = [(0.0, 0_u32); PARTS];
    for (at, latency) in latencies {
        let part = &mut parts[(((at - first) / (last - first) * PARTS as f64) as usize).min(PARTS - 1)];
        *part = (part.0 + latency, part.1 + 1);
    }
    if parts.iter().any(|part| part.1 == 0) {
        return false;
    }
    let means = parts.map(|(sum, count)| sum / f64::from(count));
    let half = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let rise = half(&means[PARTS / 2..]) - half(&means[..PARTS / 2]);
    kendall(&means) > TREND && rise * 2.0 > MATTERS * limit
}

/// Pairs that rise less pairs that fall.
fn kendall(values: &[f64]) -> i32 {
    let pairs = values.iter().enumerate().flat_map(|(at, one)| values[at + 1..].iter().map(move |later| (one, later)));
    pairs.map(|(one, later)| i32::from(later > one) - i32::from(later < one)).sum()
}
