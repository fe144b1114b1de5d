use std::borrow::Cow;

use agent_sandbox_simulator::{ClaimWaits, Wait};

use crate::measure::{ClaimRecord, Class, Outcome, Stage, Stages};

/// Where a claim's time went; of a record that does not say, as far as its own instants tell.
pub(super) fn stages_of(claim: &ClaimRecord) -> Cow<'_, Stages> {
    if claim.stages_ns.is_empty() { Cow::Owned(stages(claim, None)) } else { Cow::Borrowed(&claim.stages_ns) }
}

/// Where a claim's time went. `server`: what the embedded simulator's server saw it wait for, and the `CLOCK_MONOTONIC`
/// nanoseconds of the run's start; without it, only our own instants tell. A claim that was never sent has no stages.
///
/// A stage that would begin after the claim was ready took no time: an answer may come after that.
#[must_use]
pub fn stages(claim: &ClaimRecord, server: Option<(&ClaimWaits, i64)>) -> Stages {
    if claim.outcome() == Outcome::NotSent {
        return Stages::new();
    }
    let mut begun = vec![(Stage::Generator, claim.intended_ns)];
    begun.extend(claim.handed_over_ns.map(|at| (Stage::Connection, at)));
    begun.extend(claim.sent_ns.map(|at| (Stage::ApiCreate, at)));
    match server {
        Some((waits, base_ns)) => begun.extend(of_server(waits).map(|(stage, at)| (stage, at - base_ns))),
        None => begun.extend(of_own(claim)),
    }
    let end = claim.ready_ns.filter(|_| claim.is_ready()).unwrap_or(claim.ended_ns).max(claim.intended_ns);
    let (mut reached, mut stages) = (claim.intended_ns, Stages::new());
    for (at, (stage, _)) in begun.iter().enumerate() {
        let until = begun.get(at + 1).map_or(end, |(_, next)| (*next).clamp(reached, end));
        if until > reached {
            *stages.entry(*stage).or_default() += until - reached;
        }
        reached = until;
    }
    stages
}

/// A controller that says nothing when it takes a claim up leaves no border between its queue and its work.
fn of_server(waits: &ClaimWaits) -> impl Iterator<Item = (Stage, i64)> {
    let is_told = |wait: Wait| [Wait::Work, Wait::Retry].contains(&wait);
    waits.waits.iter().enumerate().map(move |(at, (wait, from))| match (wait, waits.waits.get(at + 1)) {
        (Wait::Queue, Some((next, _))) if !is_told(*next) => (Stage::Unexplained, *from),
        _ => ((*wait).into(), *from),
    })
}

/// Once the claim names a sandbox that is not Ready, it waits for the Pod of that. A watch of the Pods tells more.
fn of_own(claim: &ClaimRecord) -> Vec<(Stage, i64)> {
    let answered = claim.acknowledged_ns;
    let pod = claim.pod.as_ref().filter(|_| claim.class != Some(Class::Warm));
    let (before, begun) = if let Some(own) = claim.own_pod() {
        let created = own.created_ns.map(|at| (Stage::PodScheduling, at));
        (Stage::Work, [created, own.scheduled_ns.map(|at| (Stage::PodStart, at))])
    } else {
        let bound = claim.bound_ns.filter(|_| claim.class != Some(Class::Warm));
        (Stage::Unexplained, [bound.map(|at| (Stage::PodStart, at)), None])
    };
    let ready = pod.and_then(|pod| pod.ready_ns).map(|at| (Stage::StatusWrite, at));
    let answered = answered.map(|at| (before, at));
    answered.into_iter().chain(begun.into_iter().flatten()).chain(ready).collect()
}

#[cfg(test)]
mod tests {
    use super::Stage as S;
    use super::*;
    use crate::measure::{End, PodInstants};

    fn claim(changes: impl FnOnce(&mut ClaimRecord)) -> ClaimRecord {
        let mut claim = ClaimRecord::of_ready(0, 100, 1100);
        (claim.handed_over_ns, claim.sent_ns) = (Some(110), Some(130));
        changes(&mut claim);
        claim
    }

    fn told(claim: &ClaimRecord, waits: &[(Wait, i64)]) -> Vec<(Stage, i64)> {
        let waits = ClaimWaits { waits: waits.to_vec(), node: None };
        stages(claim, Some((&waits, 1000))).into_iter().collect()
    }

    #[test]
    fn own_instants_alone_leave_the_rest_unexplained() {
        use Stage::{ApiCreate, Connection, Generator, PodStart, Unexplained};
        let own = |changes: fn(&mut ClaimRecord)| stages(&claim(changes), None).into_iter().collect::<Vec<_>>();
        let warm = own(|claim| (claim.acknowledged_ns, claim.bound_ns) = (Some(150), Some(1050)));
        assert_eq!(warm, [(Generator, 10), (Connection, 20), (ApiCreate, 20), (Unexplained, 950)]);
        let cold = own(|claim| {
            (claim.acknowledged_ns, claim.bound_ns, claim.class) = (Some(150), Some(250), Some(Class::Cold));
        });
        assert_eq!(cold, [(Generator, 10), (Connection, 20), (ApiCreate, 20), (PodStart, 850), (Unexplained, 100)]);
        let early = own(|claim| claim.acknowledged_ns = Some(5000));
        assert_eq!(early, [(Generator, 10), (Connection, 20), (ApiCreate, 970)], "an answer that came after Ready");
    }

    #[test]
    fn a_watch_of_the_pods_explains_what_own_instants_do_not() {
        let own = |changes: fn(&mut ClaimRecord)| stages(&claim(changes), None).into_iter().collect::<Vec<_>>();
        let watched = PodInstants {
            created_ns: Some(200),
            scheduled_ns: Some(260),
            image_pulled_ns: Some(270),
            started_ns: Some(900),
            ready_ns: Some(1000),
            gap: false,
        };
        let cold = claim(|claim| {
            (claim.acknowledged_ns, claim.bound_ns, claim.class) = (Some(150), Some(250), Some(Class::Cold));
            claim.pod = Some(watched);
        });
        let told: Vec<_> = stages(&cold, None).into_iter().collect();
        let expected = [
            (S::Generator, 10),
            (S::Connection, 20),
            (S::ApiCreate, 20),
            (S::Work, 50),
            (S::PodScheduling, 60),
            (S::PodStart, 740),
            (S::StatusWrite, 100),
        ];
        assert_eq!(told, expected);
        let pooled = own(|claim| {
            (claim.acknowledged_ns, claim.bound_ns, claim.class) = (Some(150), Some(250), Some(Class::WarmUnready));
            claim.pod = Some(PodInstants { created_ns: Some(-9), ready_ns: Some(1040), ..PodInstants::default() });
        });
        assert_eq!(pooled[3..], [(S::PodStart, 790), (S::StatusWrite, 60), (S::Unexplained, 100)]);
        let warm = own(|claim| {
            (claim.acknowledged_ns, claim.bound_ns) = (Some(150), Some(1050));
            claim.pod = Some(PodInstants { ready_ns: Some(-5), ..PodInstants::default() });
        });
        assert_eq!(warm.last(), Some(&(S::Unexplained, 950)), "its Pod was Ready before");
    }

    #[test]
    fn a_claim_that_was_given_up_waited_for_what_never_came() {
        let lost = claim(|claim| (claim.end, claim.ended_ns, claim.sent_ns) = (End::TimedOut(None), 2100, None));
        assert_eq!(
            stages(&lost, None).into_iter().collect::<Vec<_>>(),
            [(Stage::Generator, 10), (Stage::Connection, 1990)]
        );
        let queued = told(&claim(|_| {}), &[(Wait::Create, 1140), (Wait::Queue, 1150)]);
        assert_eq!(queued.last(), Some(&(Stage::Queue, 950)));
        let never = claim(|claim| claim.end = End::NotSent(crate::measure::NotSentReason::MaxInFlight));
        assert_eq!(stages(&never, None), Stages::new());
    }

    #[test]
    fn what_the_server_saw_sums_to_the_same_whatever_its_order() {
        use Wait::{Create, Delivery, PodStart, Queue, Retry, Scheduling, StatusWrite, Work};
        let cold = [
            (Create, 1140),
            (Queue, 1150),
            (Work, 1200),
            (Retry, 1300),
            (Work, 1400),
            (Scheduling, 1450),
            (PodStart, 1500),
            (StatusWrite, 2000),
            (Delivery, 2050),
        ];
        let of = told(&claim(|_| {}), &cold);
        let expected = [
            (S::Generator, 10),
            (S::Connection, 20),
            (S::ApiCreate, 20),
            (S::Queue, 50),
            (S::Work, 150),
            (S::Conflict, 100),
            (S::PodScheduling, 50),
            (S::PodStart, 500),
            (S::StatusWrite, 50),
            (S::WatchDelivery, 50),
        ];
        assert_eq!(of, expected);
        let silent = told(&claim(|_| {}), &[(Create, 1140), (Queue, 1150), (StatusWrite, 1900), (Delivery, 1950)]);
        assert_eq!(silent[3..], [(S::StatusWrite, 50), (S::WatchDelivery, 150), (S::Unexplained, 750)]);
        let disordered = told(&claim(|_| {}), &[(Create, 1120), (Queue, 1990), (Work, 1500), (Delivery, 9000)]);
        assert_eq!(disordered.iter().map(|(_, nanos)| nanos).sum::<i64>(), 1000);
    }
}
