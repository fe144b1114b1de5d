use agent_sandbox_bench::measure::{InvalidReason, Summary, Word};

use crate::history::{History, Told};

/// The share of ready instants that may be upper bounds.
const MOST_BOUNDS: f64 = 0.01;

/// Where the verdict is not what the rules say of these claims.
pub fn wrong(history: &History, told: &Told) -> Vec<String> {
    let Told { summary, claims } = told;
    let mut found = Vec::new();
    if summary.valid != summary.invalid_reasons.is_empty() {
        found.push(format!("valid is {}, and the reasons are {:?}", summary.valid, summary.invalid_reasons));
    }
    let ready = claims.iter().filter(|claim| claim.is_ready());
    let (count, bounds) =
        ready.fold((0_u64, 0_u64), |(count, bounds), claim| (count + 1, bounds + u64::from(claim.upper_bound)));
    let gap = bounds as f64 > MOST_BOUNDS * count.max(1) as f64;
    let says = has(summary, InvalidReason::WatchGap);
    if gap != says {
        found.push(format!("{bounds} of {count} ready instants are upper bounds, and watch_gap is {says}"));
    }
    if is_suspended(history, told) && !has(summary, InvalidReason::MeasurementError) {
        found.push("the machine was suspended, and measurement_error is no reason".into());
    }
    found
}

fn has(summary: &Summary, reason: InvalidReason) -> bool {
    summary.invalid_reasons.contains(&Word::Known(reason))
}

/// Whether the machine was suspended while claims were in flight.
fn is_suspended(history: &History, told: &Told) -> bool {
    let Some(after) = history.scenario.suspend else { return false };
    let at_ns = history.began_ns + after.as_nanos() as i64 - told.summary.monotonic_base_ns;
    let first = told.claims.iter().filter_map(|claim| claim.handed_over_ns).min();
    let last = told.claims.iter().map(|claim| claim.ended_ns).max();
    first.is_some_and(|first| first < at_ns) && last.is_some_and(|last| at_ns < last)
}
