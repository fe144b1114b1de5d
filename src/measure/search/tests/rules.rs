//! What each way for a step to end leads to, by hand-made steps.

use super::play::{plan, run};
use crate::measure::search::queue::queue_grows;
use crate::measure::search::{Ended, Evidence, Limit, Next, Plan, Search, Step, Verdict};

const ALLOWED: f64 = 0.01;

fn share(beyond: u64, undecided: u64, of: u64) -> Evidence {
    Evidence::Share { beyond, undecided, of, allowed: ALLOWED }
}

fn judged(evidence: Evidence) -> Ended {
    Ended::Judged { evidence: vec![evidence], queue_growing: false }
}

fn claims(step: Step) -> u64 {
    (step.rate * step.duration_s) as u64
}

/// A server that meets up to a rate, and misses all above.
fn cliff(at: f64) -> impl FnMut(Step) -> Ended {
    move |step| judged(share(if step.rate <= at { 0 } else { claims(step) / 2 }, 0, claims(step)))
}

#[test]
fn a_percentile_of_too_few_claims_is_never_met() {
    for of in [0, 1, 99] {
        assert_eq!(share(0, 0, of).verdict(), Verdict::Undecided, "{of}");
    }
    assert_eq!(share(0, 0, 100).verdict(), Verdict::Met);
    assert_eq!([share(1, 0, 100).verdict(), share(2, 0, 100).verdict()], [Verdict::Met, Verdict::Missed]);
    assert_eq!(share(1, 0, 99).verdict(), Verdict::Missed);
}

#[test]
fn lower_bounds_below_the_limit_are_undecided() {
    assert_eq!(share(0, 2, 100).verdict(), Verdict::Undecided);
    assert_eq!(share(2, 2, 100).verdict(), Verdict::Missed);
    let (answer, ..) = run(plan(10.0, 80.0, 1), |step| judged(share(0, claims(step), claims(step))));
    assert_eq!(answer.rate, None);
}

#[test]
fn a_growing_queue_is_never_met() {
    let grows = Ended::Judged { evidence: vec![share(0, 0, 400)], queue_growing: true };
    assert_eq!(grows.verdict(), Verdict::QueueGrowing);
    let growing =
        |step: Step| Ended::Judged { evidence: vec![share(0, 0, claims(step))], queue_growing: step.rate > 33.0 };
    let (answer, ..) = run(plan(10.0, 5000.0, 1), growing);
    let rate = answer.rate.unwrap();
    assert!((31.3..=33.0).contains(&rate) && answer.settled, "{answer:?}");
}

#[test]
fn a_queue_that_grows_shows_and_one_that_is_full_does_not() {
    let rising: Vec<_> = (0..420).map(|claim| (f64::from(claim) / 42.0, 0.05 + f64::from(claim) * 0.0012)).collect();
    let level: Vec<_> = (0..420).map(|claim| (f64::from(claim) / 42.0, 0.05 + f64::from(claim % 7) * 0.01)).collect();
    assert!(queue_grows(&rising, 0.25) && !queue_grows(&level, 0.25));
    assert!(!queue_grows(&rising, 60.0), "a rise that is nothing beside the limit");
    assert!(!queue_grows(&[], 0.25));
}

#[test]
fn no_two_steps_share_a_seed() {
    let mut seeds = Vec::new();
    run(plan(10.0, 5000.0, 1), |step| {
        seeds.push(step.seed);
        cliff(33.0)(step)
    });
    let count = seeds.len();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), count);
}

#[test]
fn finds_a_cliff_from_below_and_from_above() {
    for first in [1.0, 100.0, 5000.0] {
        let (answer, ..) = run(plan(first, 1e6, 1), cliff(333.0));
        let rate = answer.rate.unwrap();
        assert!((333.0 / 1.05..=333.0).contains(&rate) && answer.settled, "{first}: {answer:?}");
        assert!(answer.low.unwrap() <= rate && answer.high.unwrap() >= 333.0 / 1.01, "{answer:?}");
        assert_eq!(answer.limited_by, Limit::Cluster);
        assert!(answer.next_higher.is_some_and(|higher| (333.0..333.0 * 1.06).contains(&higher)), "{answer:?}");
    }
}

#[test]
fn never_missed_is_at_least_the_highest_rate_and_that_was_met_twice() {
    let (answer, steps, _) = run(plan(10.0, 40.0, 1), cliff(1e9));
    assert_eq!((answer.rate, answer.high, answer.limited_by), (Some(40.0), None, Limit::MaxRate));
    assert_eq!(answer.next_higher, None);
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), [10.0, 20.0, 40.0, 40.0]);
}

#[test]
fn never_met_is_no_rate() {
    let (answer, steps, _) = run(Plan { min_rate: 2.0, ..plan(10.0, 5000.0, 1) }, cliff(0.0));
    assert_eq!((answer.rate, answer.limited_by), (None, Limit::Cluster));
    assert_eq!(steps.iter().map(|step| step.0).collect::<Vec<_>>(), [10.0, 5.0, 2.5, 2.5]);
}

#[test]
fn a_generator_that_cannot_send_the_first_rate_is_no_answer() {
    let (answer, steps, _) = run(plan(10.0, 5000.0, 1), |_| Ended::GeneratorLimit);
    assert_eq!((answer.rate, answer.limited_by, steps.len()), (None, Limit::Generator, 2));
}

#[test]
fn one_late_step_is_repeated_and_forgotten() {
    for late in 0..8 {
        let mut place = 0;
        let (answer, ..) = run(plan(10.0, 5000.0, 1), |step| {
            place += 1;
            if place - 1 == late { Ended::GeneratorLimit } else { cliff(28.0)(step) }
        });
        let rate = answer.rate.unwrap();
        assert!((28.0 / 1.05..=28.0).contains(&rate) && answer.limited_by == Limit::Cluster, "{late}: {answer:?}");
    }
}

#[test]
fn a_generator_that_ends_before_the_cluster_is_said() {
    let ends = |step: Step| if step.rate > 500.0 { Ended::GeneratorLimit } else { cliff(1e9)(step) };
    let (answer, ..) = run(plan(10.0, 5000.0, 1), ends);
    assert!(answer.rate.unwrap() > 500.0 / 1.06 && answer.high.is_none(), "{answer:?}");
    assert_eq!(answer.limited_by, Limit::Generator);
}

#[test]
fn a_step_that_failed_is_repeated_once() {
    let mut steps = 0;
    let (answer, ..) = run(plan(10.0, 5000.0, 1), |step| {
        steps += 1;
        if steps == 2 { Ended::Failed } else { cliff(33.0)(step) }
    });
    assert_eq!(answer.limited_by, Limit::Cluster);
    let (answer, steps, _) = run(plan(10.0, 5000.0, 1), |_| Ended::Failed);
    assert_eq!((answer.limited_by, steps.len()), (Limit::Failed, 2));
}

#[test]
fn the_worst_of_several_objectives_decides() {
    let (answer, ..) = run(plan(10.0, 5000.0, 1), |step| {
        let of = claims(step);
        let first = share(if step.rate > 60.0 { of / 2 } else { 0 }, 0, of);
        Ended::Judged { evidence: vec![first, Evidence::Figure { met: step.rate <= 25.0 }], queue_growing: false }
    });
    let rate = answer.rate.unwrap();
    assert!((22.0..=25.0).contains(&rate), "{answer:?}");
}

#[test]
fn the_time_told_at_the_start_is_kept() {
    for (first, at) in [(10.0, 0.0), (10.0, 0.3), (10.0, 33.0), (10.0, 4000.0), (10.0, 1e9), (3000.0, 20.0)] {
        let plan = Plan { between_s: 5.0, ..plan(first, 5000.0, 1) };
        let (answer, _, spent) = run(plan, cliff(at));
        assert!(spent <= plan.expected().most_s, "{first} {at}: {spent} s, {answer:?}");
    }
    let search = Search::new(plan(10.0, 5000.0, 1));
    assert_eq!(search.next(), search.next(), "asking changes nothing");
    assert!(matches!(search.next(), Next::Run(step) if (step.rate - 10.0).abs() < 1e-9));
}
