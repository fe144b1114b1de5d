//! What must hold of every history.

mod claims;
mod counts;
mod figures;
mod plan;
mod truth;
mod verdict;

use std::time::Duration;

use agent_sandbox_simulator::TruthRecord;

use crate::history::{Ended, History, OTHERS, THIEF};

/// What does not hold, a sentence each.
pub fn judge(history: &History) -> Vec<String> {
    let mut found = standing(history);
    match &history.run {
        // The faults met its beginning: it said so, and claimed nothing.
        Ended::Failed(error) if error.is_empty() => found.push("it failed without a word".into()),
        Ended::Failed(error) if history.truth.iter().any(is_ours) => {
            found.push(format!("it claimed, and then failed: {error}"));
        }
        Ended::Failed(_) => {}
        Ended::Crashed(recorded) => found.extend(recorded.iter().filter_map(claims::wrong)),
        Ended::Whole(told) => {
            found.extend(counts::wrong(told));
            found.extend(told.claims.iter().filter_map(claims::wrong));
            found.extend(truth::wrong(history, told));
            found.extend(figures::wrong(told));
            found.extend(plan::wrong(history, told));
            found.extend(verdict::wrong(history, told));
        }
    }
    found
}

/// How the runs of a campaign are called, which hold Leases.
const HOLDER: &str = "seed";
/// How long giving a Lease back is tried.
const GIVING_BACK: Duration = Duration::from_secs(5);

/// What a run says where it could not remove all that is its own.
const UNSURE: &str = "could not make sure that nothing is left";

/// Everything of the run's own is gone, unless the run said that it may not be, and everything of others stands.
fn standing(history: &History) -> Vec<String> {
    let is_told = match &history.run {
        Ended::Whole(told) => told.summary.warnings.iter().any(|warning| warning.starts_with(UNSURE)),
        Ended::Failed(_) | Ended::Crashed(_) => false,
    };
    let is_others = |name: &str| OTHERS.contains(&name) || name == THIEF;
    // A Lease ends by itself where the server cannot be reached for longer than giving it back is tried.
    let is_excused =
        |name: &str| name.starts_with(HOLDER) && history.scenario.weather.longest_partition() > GIVING_BACK;
    let is_left = |name: &&String| !is_told && !is_others(name) && !is_excused(name);
    let left = history.left.iter().filter(is_left).map(|name| format!("{name} is left"));
    let others = OTHERS.into_iter().chain(history.is_stolen.then_some(THIEF));
    let lost = others.filter(|name| !history.left.iter().any(|left| left == *name));
    left.chain(lost.map(|name| format!("{name}, which is not the run's, is gone"))).collect()
}

fn is_ours(record: &TruthRecord) -> bool {
    !OTHERS.contains(&&*record.name)
}
