//! Runs that end when they know enough: does the last interval hold the truth, and how long do they take?

use super::check::within;
use super::generators::{Claim, iid, quantile, queue};
use crate::measure::series::Series;
use crate::measure::until::{Known, Looks};

const WITHIN: f64 = 0.05;

/// A load and the percentile that is to be known.
struct Case<'a> {
    name: &'a str,
    at: f64,
    /// Claims, more than any run needs.
    most: usize,
    /// Claims of a fixed length from which the best one is carried over.
    fixed: usize,
    run: &'a dyn Fn(u64, usize) -> Vec<Claim>,
}

fn figure(claims: &[Claim], at: f64) -> f64 {
    quantile(&mut claims.iter().map(|claim| claim.nanos as f64 / 1e9).collect::<Vec<_>>(), at)
}

/// Claims at the end, and whether the interval holds `truth`; `None` where the run did not end.
fn play(claims: &[Claim], at: f64, truth: f64) -> Option<(usize, bool)> {
    let (mut series, mut looks) = (Series::default(), Looks::default());
    for (index, claim) in claims.iter().enumerate() {
        series.record(claim.at_ns, claim.nanos, false);
        let due = looks.are_due(claim.at_ns, index as u64 + 1);
        let known = due.then(|| Known::of(&series, at)).flatten();
        if let Some(last) = known.filter(|known| known.is_within(WITHIN)) {
            return Some((index + 1, last.interval.low? <= truth && truth <= last.interval.high?));
        }
    }
    None
}

/// Claims at which 95 of 100 runs come within the share, known beforehand.
fn best(case: &Case, truth: f64) -> f64 {
    let runs = 300;
    let squares: f64 =
        (0..runs).map(|seed| (figure(&(case.run)(1_000_000 + seed, case.fixed), case.at) - truth).powi(2)).sum();
    case.fixed as f64 * squares / runs as f64 * (1.96 / WITHIN / truth).powi(2)
}

fn ends_well(case: &Case, runs: u64) {
    let truth = figure(&(case.run)(u64::MAX, 6_000_000), case.at);
    let ends: Vec<_> = (0..runs).filter_map(|seed| play(&(case.run)(seed, case.most), case.at, truth)).collect();
    let held = ends.iter().filter(|(_, held)| *held).count() as u64;
    let mean = ends.iter().map(|(length, _)| *length as f64).sum::<f64>() / ends.len() as f64;
    let best = best(case, truth);
    eprintln!("{}: {held} of {} held, {:.2} times the best length of {best:.0}", case.name, ends.len(), mean / best);
    assert!(within(ends.len() as u64, runs, 0.99, 1.0) && within(held, ends.len() as u64, 0.93, 1.0), "{}", case.name);
    assert!(mean <= 2.0 * best, "{}: {mean} against {best}", case.name);
}

fn all(runs: u64, busy_runs: u64) {
    let independent = |seed, claims| iid(seed, claims, 40.0);
    let busy = |seed, claims| queue(seed, claims, 0.9);
    ends_well(&Case { name: "iid p99", at: 0.99, most: 50_000, fixed: 5500, run: &independent }, runs);
    ends_well(&Case { name: "M/G/20 p50", at: 0.5, most: 200_000, fixed: 20_000, run: &busy }, busy_runs);
}

#[test]
fn runs_end_when_they_know_enough() {
    all(100, 20);
}

#[test]
#[ignore = "calibration: minutes of two cores"]
fn runs_end_when_they_know_enough_in_full() {
    all(1000, 1000);
}
