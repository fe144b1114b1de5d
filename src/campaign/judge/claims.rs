use agent_sandbox_bench::measure::{ClaimRecord, Outcome};

/// What is wrong with a claim in itself: an instant before its cause, or stages that do not sum.
pub fn wrong(claim: &ClaimRecord) -> Option<String> {
    let name = &claim.name;
    let chains: [&[Option<i64>]; 5] = [
        &[Some(claim.intended_ns), claim.handed_over_ns, claim.sent_ns, claim.acknowledged_ns],
        &[claim.sent_ns, claim.bound_ns, claim.ready_ns],
        // It may still be bound while its delete is under way.
        &[claim.sent_ns, claim.released_ns, claim.deleted_ns],
        &[claim.ready_ns, claim.released_ns],
        &[claim.ready_ns, Some(claim.ended_ns)],
    ];
    if chains.iter().any(|chain| !chain.iter().flatten().is_sorted()) {
        return Some(format!("{name} has an instant before its cause"));
    }
    if claim.is_ready() != claim.ready_ns.is_some() {
        return Some(format!("{name} is {}, and its ready instant is {:?}", claim.outcome(), claim.ready_ns));
    }
    if claim.outcome() == Outcome::NotSent && claim.sent_ns.is_some() {
        return Some(format!("{name} is not_sent, and was sent at {:?}", claim.sent_ns));
    }
    let total = claim.ready_ns.map(|ready_ns| ready_ns - claim.intended_ns)?;
    let stages: i64 = claim.stages_ns.values().sum();
    (stages != total).then(|| format!("{name} took {total} ns, and its stages {stages} ns"))
}
