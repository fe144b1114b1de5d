//! What must hold of every history.

mod claims;
mod counts;
mod figures;
mod plan;
mod truth;
mod verdict;

use agent_sandbox_simulator::TruthRecord;

use crate::history::{History, OTHERS};

/// What does not hold, a sentence each.
pub fn judge(history: &History) -> Vec<String> {
    let mut found = standing(history);
    match &history.run {
        // The faults met its beginning: it said so, and claimed nothing.
        Err(error) if error.is_empty() => found.push("it failed without a word".into()),
        Err(error) if history.truth.iter().any(is_ours) => found.push(format!("it claimed, and then failed: {error}")),
        Err(_) => {}
        Ok(told) => {
            found.extend(counts::wrong(told));
            found.extend(told.claims.iter().filter_map(claims::wrong));
            found.extend(truth::wrong(history, told));
            found.extend(figures::wrong(told));
            found.extend(plan::wrong(history, told));
            found.extend(verdict::wrong(told));
        }
    }
    found
}

/// How the Leases of pools are called.
const LEASE: &str = "agent-sandbox-bench.";

/// Everything of the run's own is gone, and everything of others stands.
fn standing(history: &History) -> Vec<String> {
    let others = |name: &String| OTHERS.contains(&name.as_str());
    // Where no connection brings anything any more, a Lease is left to its end.
    let is_excused = |name: &&String| history.scenario.weather.is_half_open() && name.starts_with(LEASE);
    let left = history
        .left
        .iter()
        .filter(|name| !others(name))
        .filter(|name| !is_excused(name))
        .map(|name| format!("{name} is left"));
    let lost = OTHERS.iter().filter(|name| !history.left.iter().any(|left| left == *name));
    left.chain(lost.map(|name| format!("{name}, which is not the run's, is gone"))).collect()
}

fn is_ours(record: &TruthRecord) -> bool {
    !OTHERS.contains(&&*record.name)
}
