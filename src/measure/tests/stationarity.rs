//! Which runs are called unsteady, and from when on.

use super::check::within;
use super::generators::{Claim, changing, iid, queue};
use crate::measure::series::Series;
use crate::measure::stationarity::{Unsteady, unsteady};

/// Servers of a mean service time of 57 ms serve 353 claims a second.
const OVER: f64 = 530.0;
const UNDER: f64 = 200.0;

fn judge(claims: &[Claim]) -> Option<Unsteady> {
    let mut series = Series::with_cells(4096);
    for claim in claims {
        series.record(claim.at_ns, claim.nanos, false);
    }
    unsteady(&series)
}

fn flags_as_stated(name: &str, runs: u64, run: impl Fn(u64) -> Vec<Claim>) {
    let flagged = (0..runs).filter(|seed| judge(&run(*seed)).is_some()).count() as u64;
    eprintln!("{name}: {flagged} of {runs} flagged");
    assert!(within(flagged, runs, 0.0, 0.01), "{name}: {flagged} of {runs}");
}

/// All of `runs` are flagged, each within a second of the instant.
fn finds(name: &str, runs: u64, at: f64, run: impl Fn(u64) -> Vec<Claim>) {
    let mut worst: f64 = 0.0;
    for seed in 0..runs {
        let found = judge(&run(seed)).unwrap_or_else(|| panic!("{name}: run {seed} is called steady"));
        let off = (found.at_ns as f64 / 1e9 - at).abs();
        assert!(off <= 1.0, "{name}: run {seed}: {found}");
        worst = worst.max(off);
    }
    eprintln!("{name}: {runs} of {runs} found, at worst {worst:.2} s off");
}

fn steady(runs: u64) {
    flags_as_stated("iid n 1000", runs, |seed| iid(seed, 1000, 200.0));
    flags_as_stated("iid n 6000", runs, |seed| iid(seed, 6000, 200.0));
    flags_as_stated("M/G/20 n 60000", runs, |seed| queue(seed, 60_000, 0.9));
}

fn changes(runs: u64) {
    let same = |_| 1.0;
    let step = |at: f64, to: f64| move |now: f64| if now < at { 1.0 } else { to };
    let overload = |from: f64| move |now: f64| if now < from { UNDER } else { OVER };
    finds("overload from the start", runs, 0.0, |seed| changing(seed, 10.0, |_| OVER, same));
    finds("overload from 30 s", runs, 30.0, |seed| changing(seed, 60.0, overload(30.0), same));
    finds("overload from 50 s", runs, 50.0, |seed| changing(seed, 60.0, overload(50.0), same));
    finds("half as slow again from 25 s", runs, 25.0, |seed| changing(seed, 60.0, |_| 100.0, step(25.0, 1.5)));
    finds("half as slow again from 250 s", runs, 250.0, |seed| changing(seed, 600.0, |_| 100.0, step(250.0, 1.5)));
}

#[test]
fn steady_runs_are_rarely_flagged() {
    steady(100);
}

#[test]
fn changes_are_found_within_a_second() {
    changes(5);
}

#[test]
#[ignore = "calibration: minutes of two cores"]
fn changes_are_found_in_full() {
    changes(100);
    steady(400);
}

#[test]
fn a_slow_start_is_a_warm_up_of_its_length() {
    let slow = |now: f64| if now < 2.0 { 3.0 } else { 1.0 };
    for seed in 0..20 {
        let found = judge(&changing(seed, 60.0, |_| 100.0, slow)).unwrap();
        assert!(found.warm_up && (1.5..2.5).contains(&(found.at_ns as f64 / 1e9)), "{found}");
    }
}

#[test]
fn a_slow_start_is_counted_from_the_first_claim() {
    let slow = |now: f64| if now < 1.9 { 3.0 } else { 1.0 };
    let late: Vec<Claim> =
        changing(0, 60.0, |_| 100.0, slow).iter().map(|it| Claim { at_ns: it.at_ns + 30_000_000_000, ..*it }).collect();
    let found = judge(&late).unwrap();
    assert!(found.warm_up && (31.5..32.5).contains(&(found.at_ns as f64 / 1e9)), "{found}");
    assert!(found.to_string().ends_with(": 2 s more in a phase with warm_up: true would leave them out"), "{found}");
}

#[test]
fn what_cannot_be_told_is_not_flagged() {
    assert_eq!(judge(&[]), None);
    assert_eq!(judge(&iid(0, 40, 10.0)), None);
    let alike: Vec<Claim> = iid(0, 5000, 100.0).iter().map(|claim| Claim { nanos: 5_000_000, ..*claim }).collect();
    assert_eq!(judge(&alike), None);
}
