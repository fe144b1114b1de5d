use super::claim::Claim;
use super::hands::Hands;
use super::{Names, Plan};
use crate::measure::{ClaimRecord, Outcome, RUNNER_LOST};

/// The record of a claim that is over.
pub(super) fn of(hands: &Hands, index: u64, claim: &mut Claim) -> ClaimRecord {
    let mut record = make(&hands.plan, hands.names.of(index), index, claim);
    record.runner = hands.owner.runner;
    record
}

/// The same of a plan alone.
pub(super) fn make(plan: &Plan, name: String, index: u64, claim: &mut Claim) -> ClaimRecord {
    let pool = &plan.pools[plan.pool_of(index)];
    let outcome = claim.outcome.unwrap_or(Outcome::Failed);
    let class = claim.class(&name).filter(|_| outcome == Outcome::Ready);
    let create = claim.create.take();
    ClaimRecord {
        index: plan.index_of(index),
        phase: plan.phase_name(claim.phase),
        name,
        namespace: pool.namespace.clone(),
        warm_pool: pool.name.clone(),
        runner: None,
        outcome,
        reason: Claim::text(&mut claim.reason),
        class: class.map(|(class, _)| class),
        class_uncertain: class.is_some_and(|(_, uncertain)| uncertain),
        sandbox: Claim::text(&mut claim.sandbox),
        node: Claim::text(&mut claim.node),
        intended_ns: claim.intended,
        handed_over_ns: create.as_ref().map(|create| create.handed_over),
        sent_ns: create.as_ref().and_then(|create| create.sent),
        acknowledged_ns: create.as_ref().and_then(|create| create.acknowledged),
        bound_ns: claim.bound,
        ready_ns: claim.ready,
        first_exec_ns: claim.first_exec,
        released_ns: claim.released,
        deleted_ns: claim.deleted,
        capacity_back_ns: claim.capacity_back,
        ended_ns: claim.ended,
        retries: create.as_ref().map_or(0, |create| create.retries),
        upper_bound: claim.upper_bound,
        controller_first_observed_at: Claim::text(&mut claim.controller_first_observed_at),
        claim_first_ready_at: Claim::text(&mut claim.claim_first_ready_at),
    }
}

/// The record of a claim that was another process' to tell of, and that it did not: `failed` where it may have been
/// sent, else `not_sent`; the reason is `runner_lost`.
#[must_use]
pub fn unseen(plan: &Plan, names: &Names, index: u64, runner: u32, sent: bool, at_ns: i64) -> ClaimRecord {
    let mut claim = Claim::new(plan.due[index as usize], plan.phase_of(index as usize));
    claim.outcome = Some(if sent { Outcome::Failed } else { Outcome::NotSent });
    claim.reason = Some(RUNNER_LOST.into());
    claim.ended = at_ns;
    let mut record = make(plan, names.of(index), index, &mut claim);
    record.runner = Some(runner);
    record
}
