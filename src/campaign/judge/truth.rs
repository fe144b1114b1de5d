use std::collections::HashMap;

use agent_sandbox_bench::measure::{ClaimRecord, Outcome};
use agent_sandbox_made_up::Disturbance;
use agent_sandbox_simulator::TruthRecord;

use super::is_ours;
use crate::history::{History, Told};

/// After this instant of the made-up clock no fault begins or goes on.
const FAULTS_END_NS: i64 = 6_000_000_000;
/// What the run takes to notice that its watch brings nothing. There are 5 s of silence, and 2 s for a list on an
/// old connection. Then the watch has 1 s to bring what the list on a new connection shows.
const NOTICED_NS: i64 = 9_000_000_000;

/// What contradicts the simulator's own record.
pub fn wrong(history: &History, told: &Told) -> Vec<String> {
    let truth: HashMap<&str, &TruthRecord> = history.truth.iter().map(|record| (&*record.name, record)).collect();
    let base = told.summary.monotonic_base_ns;
    let mut found: Vec<String> = told
        .claims
        .iter()
        .filter_map(|claim| of_claim(history, claim, truth.get(&*claim.name).copied(), base))
        .collect();
    let known: HashMap<&str, &ClaimRecord> = told.claims.iter().map(|claim| (&*claim.name, claim)).collect();
    found.extend(history.truth.iter().filter(|record| is_ours(record)).filter_map(|record| {
        match known.get(&*record.name) {
            Some(claim) if claim.sent_ns.is_some() => None,
            Some(_) => Some(format!("{} reached the server, and has no instant at which it was sent", record.name)),
            None => Some(format!("{} was claimed, and is in no list", record.name)),
        }
    }));
    found
}

fn of_claim(history: &History, claim: &ClaimRecord, truth: Option<&TruthRecord>, base: i64) -> Option<String> {
    let name = &claim.name;
    let Some(truth) = truth else {
        return (claim.acknowledged_ns.is_some() || claim.is_ready())
            .then(|| format!("{name} is {}, and never reached the server", claim.outcome()));
    };
    if let (Some(said), Some(gone)) = (claim.deleted_ns, truth.deleted_ns)
        && base + said < gone
    {
        return Some(format!("{name} was seen deleted {} ns before it was", gone - base - said));
    }
    match (claim.ready_ns, truth.ready_sent_ns) {
        (Some(_), None) => (!claim.upper_bound)
            .then(|| format!("{name} is ready, no watch was told so, and it is not marked as an upper bound")),
        (Some(said), Some(true_ns)) => of_ready(history, claim, base + said, true_ns),
        (None, Some(true_ns)) => of_timed_out(history, claim, true_ns - base, base),
        (None, None) => None,
    }
}

fn of_ready(history: &History, claim: &ClaimRecord, said_ns: i64, true_ns: i64) -> Option<String> {
    let (name, distance) = (&claim.name, said_ns - true_ns);
    if distance < 0 {
        return Some(format!("{name} was seen ready {} ns before it was", -distance));
    }
    let late = distance > longest_way_ns(history) && !claim.upper_bound;
    late.then(|| format!("{name} was seen ready {distance} ns after it was, and is not marked as an upper bound"))
}

/// Who was ready in time is ready, at the latest when the run has noticed that its watch brings nothing.
fn of_timed_out(history: &History, claim: &ClaimRecord, true_ns: i64, base_ns: i64) -> Option<String> {
    let name = &claim.name;
    let timeout_ns = history.scenario.config.load.ready_timeout.nanos();
    let told_ns = if history.scenario.weather.disturbances.is_empty() {
        true_ns
    } else {
        true_ns.max(claim.handed_over_ns.unwrap_or(0)).max(FAULTS_END_NS - base_ns) + NOTICED_NS
    };
    let in_time = told_ns + longest_way_ns(history) < claim.intended_ns + timeout_ns;
    (claim.outcome() == Outcome::TimedOut && in_time)
        .then(|| format!("{name} timed out, and was ready {} ns after it was due", true_ns - claim.intended_ns))
}

/// What a segment takes at most.
fn longest_way_ns(history: &History) -> i64 {
    let weather = &history.scenario.weather;
    let partitions = weather.disturbances.iter().map(|disturbance| match disturbance {
        Disturbance::Partition { from, until } => (*until - *from).as_nanos() as i64,
        Disturbance::Reset { .. } | Disturbance::HalfOpen { .. } => 0,
    });
    partitions.sum::<i64>() + (weather.latency_ms.1 as i64 + 1) * 1_000_000
}
