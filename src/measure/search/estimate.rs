//! The threshold is bracketed: where to look next, and when it is known.

use super::answer::{Answer, Limit};
use super::next::Move;
use super::plan::{NEAR, Plan};
use super::posterior::Posterior;
use super::tally::Tally;

/// When halving the bracket no longer helps, steps run on both sides of the threshold in turn. The threshold is below
/// their rates with these probabilities. Steps at one rate would leave open how steeply the share rises.
const PLACES: [f64; 2] = [0.2, 0.8];
/// Ends of the 90 % interval.
const LOW: f64 = 0.05;
const HIGH: f64 = 0.95;

/// The next rate, or the answer.
pub(super) fn choose(plan: &Plan, tally: &Tally) -> Move {
    let (posterior, answer) = estimate(plan, tally);
    if tally.near() >= NEAR {
        return Move::End(answer);
    }
    match answer.rate {
        Some(rate) if answer.settled && tally.met_by(2).is_some_and(|met| met >= rate) => Move::End(answer),
        Some(rate) if answer.settled => Move::Near(rate),
        _ => {
            let place = || posterior.quantile(PLACES[tally.near() % PLACES.len()]);
            let rate = tally.gap(1.0 + plan.tolerance).or_else(|| tally.edge_to_repeat()).unwrap_or_else(place);
            Move::Near(rate.clamp(plan.min_rate, top(plan, tally).0))
        }
    }
}

/// What is known so far.
pub(super) fn answer(plan: &Plan, tally: &Tally) -> Answer {
    estimate(plan, tally).1
}

fn estimate(plan: &Plan, tally: &Tally) -> (Posterior, Answer) {
    let (lowest, highest) = tally.range();
    let posterior = Posterior::new(&tally.seen(), lowest / 2.0, highest * 2.0);
    let (low, middle, high) = (posterior.quantile(LOW), posterior.quantile(0.5), posterior.quantile(HIGH));
    // What no step has met is no answer, however probable.
    let rate = tally.met_by(1).map_or(middle, |met| met.min(middle));
    let (top, limit) = top(plan, tally);
    if middle > top {
        return (posterior, Answer { low: Some(low.min(rate)), ..Answer::at_least(rate, limit) });
    }
    let low = low.min(rate);
    let settled = high / rate <= 1.0 + plan.tolerance && rate / low <= 1.0 + plan.tolerance;
    let (rate, low, high) = (Some(rate), Some(low), Some(high));
    (posterior, Answer { rate, low, high, settled, ..Answer::none(Limit::Cluster) })
}

/// The highest rate that may be tried, and what limits it.
fn top(plan: &Plan, tally: &Tally) -> (f64, Limit) {
    match tally.ruled_out().map(|rate| rate / (1.0 + plan.tolerance / 2.0)) {
        Some(sendable) if sendable < plan.max_rate => (sendable, Limit::Generator),
        _ => (plan.max_rate, Limit::MaxRate),
    }
}
