//! The verdicts on made-up pairs, one by one.

use super::generators::{Effects, Model, run};
use super::{Comparison, Doubt, Figure, Judgement, Rules, RunSample, Share, Statistic, Unit, Verdict, compare};
use crate::measure::Latency;

const QUEUE: Model = Model::Queue { servers: 20, utilisation: 0.7, settled: 0 };
const P50: Figure = Figure::Latency(Latency::TimeToReady, Statistic::Quantile(0.5));
const P99: Figure = Figure::Latency(Latency::TimeToReady, Statistic::Quantile(0.99));

fn runs(model: Model, claims: usize, count: u64, effects: Effects, seed: u64) -> Vec<RunSample> {
    (seed..seed + count).map(|seed| run(model, claims, &effects, seed)).collect()
}

fn told(base: &[RunSample], new: &[RunSample]) -> Comparison {
    compare([base, new], &Rules::default())
}

fn of(comparison: &Comparison, figure: Figure) -> &Judgement {
    comparison.judgements.iter().find(|one| one.figure == figure).unwrap()
}

#[test]
fn one_run_a_side_does_not_tell_what_runs_may_differ_by() {
    let base = runs(QUEUE, 6000, 1, Effects::default(), 1);
    let slower = |factor| runs(QUEUE, 6000, 1, Effects { slower: factor, ..Effects::default() }, 2);
    let comparison = told(&base, &slower(1.08));
    assert!(comparison.run_spread_unknown);
    assert_eq!(of(&comparison, P50).verdict, Verdict::CannotTell(Doubt::RunSpreadUnknown));
    assert!(comparison.more_runs() >= Some(2));
    assert_eq!(told(&base, &slower(1.3)).verdict(), Verdict::Worse);
    assert_eq!(told(&base, &slower(0.7)).verdict(), Verdict::Better);
}

#[test]
fn one_burst_a_side_is_never_told_and_says_how_many_more() {
    let burst = |seed, slower| runs(Model::Bursts, 100, 1, Effects { slower, ..Effects::default() }, seed);
    let comparison = told(&burst(1, 1.0), &burst(2, 3.0));
    assert_eq!(comparison.verdict(), Verdict::CannotTell(Doubt::TooFewBlocks));
    assert_eq!(of(&comparison, P50).blocks, [1, 1]);
    assert!(comparison.more_runs() >= Some(2), "{comparison:#?}");
    assert!(of(&comparison, P50).more_runs.is_some());
    let bursts = |seed, slower| runs(Model::Bursts, 100, 8, Effects { slower, ..Effects::default() }, seed);
    let comparison = told(&bursts(1, 1.0), &bursts(20, 3.0));
    assert_eq!((comparison.verdict(), of(&comparison, P50).unit), (Verdict::Worse, Unit::Run));
}

#[test]
fn long_runs_that_agree_are_the_same() {
    let base = runs(QUEUE, 60_000, 3, Effects::default(), 1);
    let new = runs(QUEUE, 60_000, 3, Effects::default(), 11);
    let comparison = told(&base, &new);
    assert_eq!(comparison.verdict(), Verdict::Same, "{comparison:#?}");
    assert_eq!(of(&comparison, P50).unit, Unit::Block);
    assert!(of(&comparison, P50).smallest_effect.is_some_and(|effect| effect < 0.05));
    let levels: f64 = comparison.judgements.iter().map(|one| one.level).sum();
    assert!((levels - 0.01).abs() < 1e-12);
}

#[test]
fn runs_that_differ_are_the_unit() {
    let effects = Effects { run_spread: 0.1, ..Effects::default() };
    let comparison = told(&runs(QUEUE, 6000, 5, effects, 1), &runs(QUEUE, 6000, 5, effects, 11));
    let p50 = of(&comparison, P50);
    assert_eq!((p50.unit, p50.verdict), (Unit::Run, Verdict::CannotTell(Doubt::TooWide)));
    assert!(p50.more_runs > Some(10), "{p50:?}");
}

#[test]
fn a_percentile_among_censored_claims_tells_only_what_its_bound_allows() {
    let failing = |failed, seed| runs(QUEUE, 6000, 3, Effects { failed, ..Effects::default() }, seed);
    let (few, many) = (failing(0.0, 1), failing(0.05, 11));
    let comparison = told(&few, &many);
    let p99 = of(&comparison, P99);
    assert!(p99.new.is_some_and(|new| new.is_bound) && p99.interval[1].is_none());
    assert_eq!(p99.verdict, Verdict::Worse);
    assert_eq!(of(&told(&many, &few), P99).verdict, Verdict::Better);
    let both = told(&many, &failing(0.05, 21));
    assert_eq!(of(&both, P99).verdict, Verdict::CannotTell(Doubt::TooWide));
    assert_eq!(of(&both, P99).interval, [None, None]);
}

#[test]
fn most_claims_failing_is_worse_however_long_they_wait() {
    let base = runs(QUEUE, 1000, 1, Effects::default(), 1);
    let new = runs(QUEUE, 1000, 1, Effects { failed: 0.7, ..Effects::default() }, 2);
    let failed = Figure::Share(Share::Failed);
    assert_eq!(of(&told(&base, &new), failed).verdict, Verdict::Worse);
}

#[test]
fn an_end_that_nothing_bounds_is_none() {
    // P(no claim of ten is below the median) is above the level.
    let few = |seed| runs(Model::Bursts, 100, 1, Effects::default(), seed).remove(0);
    let ten = |seed| {
        let mut run = few(seed);
        run.time_to_ready.truncate(10);
        run.time_to_ready.iter_mut().zip(0..).for_each(|(one, index)| one.intended_ns = index * 1_000_000_000);
        run
    };
    let comparison = told(&[ten(1)], &[ten(2)]);
    let p50 = of(&comparison, P50);
    assert_eq!((p50.interval, p50.smallest_effect), ([None, None], None));
    assert!(matches!(p50.verdict, Verdict::CannotTell(_)) && p50.more_runs.is_some(), "{p50:?}");
    assert_eq!(of(&comparison, P99).verdict, Verdict::CannotTell(Doubt::TooFewClaims));
}

#[test]
fn cpu_is_told_by_runs_alone() {
    let with = |cpu: &[f64]| -> Vec<RunSample> {
        let mut all = runs(QUEUE, 100, cpu.len() as u64, Effects::default(), 1);
        all.iter_mut().zip(cpu).for_each(|(run, cpu)| run.cpu_per_claim = Some(*cpu));
        all
    };
    let verdict = |base: &[f64], new: &[f64]| of(&told(&with(base), &with(new)), Figure::CpuPerClaim).verdict;
    assert_eq!(verdict(&[1.0], &[2.0]), Verdict::CannotTell(Doubt::RunSpreadUnknown));
    assert_eq!(verdict(&[1.0, 1.01, 0.99], &[1.2, 1.21, 1.19]), Verdict::Worse);
    assert_eq!(verdict(&[1.0, 1.001, 0.999], &[1.01, 1.011, 1.009]), Verdict::Same);
    assert_eq!(verdict(&[1.0, 1.2, 0.8], &[1.2, 1.4, 1.0]), Verdict::CannotTell(Doubt::TooWide));
}

#[test]
fn a_run_is_the_same_as_itself_and_constant_latencies_are_no_trouble() {
    let run = runs(QUEUE, 20_000, 3, Effects::default(), 5);
    assert_eq!(of(&told(&run, &run), P50).verdict, Verdict::Same);
    let constant = |value: f64| {
        let mut all = run.clone();
        all.iter_mut().flat_map(|run| &mut run.time_to_ready).for_each(|one| one.value = value);
        all
    };
    assert_eq!(told(&constant(0.05), &constant(0.05)).verdict(), Verdict::Same);
    assert_eq!(told(&constant(0.05), &constant(0.06)).verdict(), Verdict::Worse);
}
