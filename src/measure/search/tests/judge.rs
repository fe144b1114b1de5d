//! What claims say of each kind of objective.

use super::super::{Ended, Evidence, Judge, Step, Verdict, allowed_share};
use crate::config::{Labels, LoadObject, Objective, Validity};
use crate::measure::{ClaimRecord, Collector, Generator, LoadSummary, RunFacts, Summary, TargetSummary, Timeouts};

const STEP: Step = Step { rate: 40.0, seed: 1, warm_up_s: 1.0, duration_s: 10.0 };
const READY_TIMEOUT_NS: i64 = 2_000_000_000;

fn claim(index: u64, millis: i64) -> ClaimRecord {
    let intended_ns = 1_000_000_000 + index as i64 * 25_000_000;
    let handed_over_ns = Some(intended_ns);
    ClaimRecord { handed_over_ns, ..ClaimRecord::of_ready(index, intended_ns, intended_ns + millis * 1_000_000) }
}

fn summary(claims: &[ClaimRecord], slo: &[Objective]) -> Summary {
    let load = LoadSummary {
        object: LoadObject::Claim,
        arrivals: "constant".into(),
        rate: None,
        duration_s: 10.0,
        seed: 1,
        planned: 400,
        r#loop: "open".into(),
    };
    let facts = RunFacts {
        run_id: String::new(),
        started_at: String::new(),
        labels: Labels::new(),
        environment: None,
        monotonic_base_ns: 0,
        interrupted: false,
        suspended_s: 0.0,
        target: TargetSummary::default(),
        load,
        until: None,
        peak_in_flight: 0,
        peak_alive: 0,
        warnings: Vec::new(),
        phases: Vec::new(),
        pods: None,
        nodes: None,
        pools: Vec::new(),
        attribution: None,
        controller_metrics: None,
        generator: Generator::default(),
        controller: None,
        server: None,
        sources: Vec::new(),
        runners: Vec::new(),
    };
    let mut collector = Collector::new(Timeouts::ready(READY_TIMEOUT_NS));
    for claim in claims {
        collector.record(claim);
    }
    collector.summary(facts, &Validity::default(), slo)
}

/// 400 claims of 50 ms, changed by `change`.
fn ended(slo: &[&str], change: impl Fn(&mut ClaimRecord)) -> Ended {
    let slo: Vec<Objective> = slo.iter().map(|text| text.parse().unwrap()).collect();
    let mut claims: Vec<_> = (0..400).map(|index| claim(index, 50)).collect();
    claims.iter_mut().for_each(change);
    let mut judge = Judge::new(&slo, STEP, Timeouts::ready(READY_TIMEOUT_NS));
    for claim in &claims {
        judge.record(claim);
    }
    judge.ended(&summary(&claims, &slo))
}

fn judged(slo: &[&str], change: impl Fn(&mut ClaimRecord)) -> (Vec<Evidence>, bool) {
    match ended(slo, change) {
        Ended::Judged { evidence, queue_growing } => (evidence, queue_growing),
        other => panic!("{other:?}"),
    }
}

fn never_ready(claim: &mut ClaimRecord) {
    claim.end = crate::measure::End::TimedOut(None);
    claim.ended_ns = claim.intended_ns + READY_TIMEOUT_NS;
    (claim.ready_ns, claim.class) = (None, None);
}

#[test]
fn a_percentile_is_a_share_of_the_claims() {
    let slow = |claim: &mut ClaimRecord| {
        let late = if claim.index % 100 < 2 { 200_000_000 } else { 0 };
        claim.ready_ns = claim.ready_ns.map(|at| at + late);
    };
    let share = |beyond| Evidence::Share { beyond, undecided: 0, of: 400, allowed: 0.01 };
    let (evidence, growing) = judged(&["time_to_ready.p99<250ms", "time_to_ready.p99<=250ms"], slow);
    assert_eq!((evidence, growing), (vec![share(8), share(0)], false));
    assert_eq!(share(8).verdict(), Verdict::Missed);
}

#[test]
fn claims_that_never_became_ready_are_beyond() {
    let some = |claim: &mut ClaimRecord| {
        if claim.index < 3 {
            never_ready(claim);
        }
    };
    let slo = ["time_to_ready.p99<250ms", "ready_fraction>=0.99", "warm_fraction>0.9", "outcomes.timed_out==0"];
    let (evidence, _) = judged(&slo, some);
    let share = |beyond, of, allowed| Evidence::Share { beyond, undecided: 0, of, allowed };
    let figure = Evidence::Figure { met: false };
    assert_eq!(evidence, [share(3, 400, 0.01), share(3, 400, 0.01), share(0, 397, 0.1), figure]);
}

#[test]
fn upper_bounds_beyond_the_limit_are_undecided() {
    let stalled = |claim: &mut ClaimRecord| {
        claim.upper_bound = claim.index < 4;
        claim.ready_ns = claim.ready_ns.map(|at| at + if claim.index < 5 { 300_000_000 } else { 0 });
    };
    let (evidence, _) = judged(&["time_to_ready.p99<250ms"], stalled);
    assert_eq!(evidence, [Evidence::Share { beyond: 1, undecided: 4, of: 400, allowed: 0.01 }]);
}

#[test]
fn latencies_that_rise_are_a_queue_that_grows() {
    let rising = |claim: &mut ClaimRecord| claim.ready_ns = claim.ready_ns.map(|at| at + claim.index as i64 * 300_000);
    assert!(judged(&["time_to_ready.p99<250ms"], rising).1);
    assert!(!judged(&["time_to_ready.p99<1900ms"], rising).1, "a rise that is nothing beside the limit");
    assert!(judged(&["outcomes.failed==0"], rising).1, "without a limit, a queue for a fortieth of the step");
}

#[test]
fn a_generator_that_was_late_says_nothing_of_the_cluster() {
    let late = |claim: &mut ClaimRecord| claim.handed_over_ns = Some(claim.intended_ns + 90_000_000);
    assert_eq!(ended(&["outcomes.failed==0"], late), Ended::GeneratorLimit);
}

#[test]
fn only_upper_limits_of_percentiles_and_lower_limits_of_fractions_are_shares() {
    let share = |text: &str| allowed_share(&text.parse().unwrap());
    assert_eq!([share("time_to_ready.p999<1s"), share("create_ack.p50<=1s")], [Some(0.001), Some(0.5)]);
    assert_eq!([share("warm_fraction>=0.95"), share("ready_fraction>0.99")], [Some(0.05), Some(0.01)]);
    for text in
        ["time_to_ready.p99>1s", "time_to_ready.max<1s", "outcomes.failed==0", "warm_fraction>=1", "warm_fraction<0.5"]
    {
        assert_eq!(share(text), None, "{text}");
    }
}
