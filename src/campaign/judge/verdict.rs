use agent_sandbox_bench::measure::{InvalidReason, Word};

use crate::history::Told;

/// The share of ready instants that may be upper bounds.
const MOST_BOUNDS: f64 = 0.01;

/// Where the verdict is not what the rules say of these claims.
pub fn wrong(told: &Told) -> Option<String> {
    let Told { summary, claims } = told;
    if summary.valid != summary.invalid_reasons.is_empty() {
        return Some(format!("valid is {}, and the reasons are {:?}", summary.valid, summary.invalid_reasons));
    }
    let ready = claims.iter().filter(|claim| claim.is_ready());
    let (count, bounds) =
        ready.fold((0_u64, 0_u64), |(count, bounds), claim| (count + 1, bounds + u64::from(claim.upper_bound)));
    let gap = bounds as f64 > MOST_BOUNDS * count.max(1) as f64;
    let says = summary.invalid_reasons.contains(&Word::Known(InvalidReason::WatchGap));
    (gap != says).then(|| format!("{bounds} of {count} ready instants are upper bounds, and watch_gap is {says}"))
}
