use agent_sandbox_bench::config::PushbackPolicy;
use agent_sandbox_bench::load::Plan;

use crate::history::{History, Told};

/// A hold is a timer, which has milliseconds.
const GRAIN_NS: i64 = 2_000_000;

/// Where the run did not do what its configuration says.
pub fn wrong(history: &History, told: &Told) -> Vec<String> {
    let config = &history.scenario.config;
    let Ok(plan) = Plan::new(&config.load, config.load.seed.unwrap_or_default()) else {
        return vec!["its load has no plan".into()];
    };
    let mut found = Vec::new();
    let limit = u64::from(config.load.max_in_flight);
    if told.summary.peak_in_flight > limit {
        found.push(format!("{} claims were in flight, and {limit} were allowed", told.summary.peak_in_flight));
    }
    for claim in &told.claims {
        let name = &claim.name;
        if plan.due.get(claim.index as usize) != Some(&claim.intended_ns) {
            found.push(format!("{name} says that it was due at {} ns", claim.intended_ns));
        }
        if claim.retries > 0 && config.load.on_pushback == PushbackPolicy::Fail {
            found.push(format!("{name} was sent {} times again under the policy fail", claim.retries));
        }
        if let (Some(ready), Some(released)) = (claim.ready_ns, claim.released_ns)
            && released - ready < config.workload.hold.nanos()
            && !told.summary.interrupted
        {
            found.push(format!("{name} was held for {} ns", released - ready));
        }
        if claim.ready_ns.is_some_and(|at| at - claim.intended_ns > config.load.ready_timeout.nanos() + GRAIN_NS) {
            found.push(format!("{name} is ready, and was so after its timeout"));
        }
    }
    found
}
