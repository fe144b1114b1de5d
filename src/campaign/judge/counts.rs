use std::collections::BTreeMap;

use agent_sandbox_bench::measure::Outcome;

use crate::history::Told;

/// Each planned claim ends once, and the summary counts what the claims are.
pub fn wrong(told: &Told) -> Vec<String> {
    let Told { summary, claims } = told;
    let mut found = Vec::new();
    let mut times = BTreeMap::new();
    claims.iter().for_each(|claim| *times.entry(claim.index).or_insert(0) += 1);
    let planned = summary.load.planned;
    found.extend(
        (0..planned)
            .filter(|index| times.get(index) != Some(&1))
            .map(|index| format!("claim {index} of {planned} ended {} times", times.get(&index).unwrap_or(&0))),
    );
    if times.keys().any(|index| *index >= planned) {
        found.push(format!("a claim beyond the {planned} planned ended"));
    }
    for outcome in Outcome::ALL {
        let count = claims.iter().filter(|claim| claim.outcome() == outcome).count() as u64;
        let said = summary.outcomes.of(outcome);
        if count != said {
            found.push(format!("{count} claims are {outcome}, and the summary counts {said}"));
        }
    }
    found
}
