use agent_sandbox_common::mutation::{Mutation, mutated};

use super::event::Create;
use super::life::Claim;
use super::names::Names;
use crate::load::plan::Plan;
use crate::measure::{ClaimRecord, End, Lateness, Outcome, Stages};

/// The record of a claim that is over, at its place in the plan.
pub(crate) fn record(plan: &Plan, name: String, runner: Option<u32>, index: u64, claim: &mut Claim) -> ClaimRecord {
    let pool = &plan.pools[plan.pool_of(index)];
    let class = claim.class(&name).filter(|_| claim.outcome() == Some(Outcome::Ready));
    let end = claim.end.take().expect("a claim is recorded once its end is known");
    let create = claim.create.take();
    ClaimRecord {
        index: plan.index_of(index),
        phase: plan.phase_name(claim.phase),
        name,
        namespace: pool.namespace.clone(),
        warm_pool: pool.name.clone(),
        runner,
        end,
        class: class.map(|(class, _)| class),
        class_uncertain: class.is_some_and(|(_, uncertain)| uncertain),
        sandbox: Claim::text(&mut claim.sandbox),
        node: Claim::text(&mut claim.node),
        pod: None,
        intended_ns: match &create {
            Some(create) if mutated(Mutation::IntendedLate) => create.handed_over,
            _ => claim.intended,
        },
        handed_over_ns: create.as_ref().map(|create| create.handed_over),
        sent_ns: create.as_ref().and_then(|create| create.sent),
        acknowledged_ns: create.as_ref().and_then(|create| create.acknowledged),
        bound_ns: claim.bound,
        ready_ns: claim.ready,
        first_exec_ns: claim.first_exec,
        exec_ended_ns: claim.exec_ended,
        steps: std::mem::take(&mut claim.steps),
        released_ns: claim.released,
        deleted_ns: if mutated(Mutation::DeletedEarly) { claim.deleted.and(claim.released) } else { claim.deleted },
        capacity_back_ns: claim.capacity_back,
        late_ns: lateness(claim, create.as_ref()),
        ended_ns: claim.ended,
        retries: create.as_ref().map_or(0, |create| create.retries),
        upper_bound: claim.upper_bound,
        controller_first_observed_at: Claim::text(&mut claim.controller_first_observed_at),
        claim_first_ready_at: Claim::text(&mut claim.claim_first_ready_at),
        stages_ns: Stages::new(),
    }
}

/// To make a request and write it is work that every client does; what takes longer is lateness.
const WRITING_NS: i64 = 100_000;

/// How late the generator was. A ready instant may have been missed since the claim was sent, not before.
fn lateness(claim: &Claim, create: Option<&Create>) -> Lateness {
    let sent = create.and_then(|create| create.sent);
    let lag = create.map(|create| create.handed_over - claim.intended);
    let writing = sent.zip(create.and_then(|create| create.connected)).map_or(0, |(sent, from)| sent - from);
    let since_sent = |at: Option<i64>, late: Option<i64>| Some(late?.min(at? - sent?).max(0));
    Lateness {
        sent: lag.map(|lag| lag.max(0) + (writing - WRITING_NS).max(0)),
        acknowledged: create.and_then(|create| create.acknowledged_late),
        ready: since_sent(claim.ready, claim.late.ready),
        deleted: claim.late.deleted,
        capacity_back: claim.late.capacity_back,
    }
}

/// The record of a claim that another process should have reported and did not: `failed` if it may have been sent,
/// otherwise `not_sent`. The reason is `runner_lost`.
#[must_use]
pub fn lost_record(plan: &Plan, names: &Names, index: u64, runner: u32, sent: bool, at_ns: i64) -> ClaimRecord {
    let mut claim = Claim::new(plan.due[index as usize], plan.phase_of(index as usize));
    claim.end = Some(End::runner_lost(sent));
    claim.ended = at_ns;
    record(plan, names.of(index), Some(runner), index, &mut claim)
}
