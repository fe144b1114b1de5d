//! How often the intervals hold the truth.

use super::check::within;
use super::generators::{Claim, burst, iid, quantile, queue};
use crate::measure::interval::{Basis, Doubt, Interval, interval};
use crate::measure::series::Series;

const TAIL: f64 = 0.025;

/// What became of the intervals of many runs.
#[derive(Debug, Default)]
struct Tally {
    held: u64,
    given: u64,
    marked: u64,
    runs: u64,
}

fn seconds(claims: &[Claim]) -> Vec<f64> {
    claims.iter().map(|claim| claim.nanos as f64 / 1e9).collect()
}

fn tally(runs: u64, at: f64, truth: f64, run: impl Fn(u64) -> Vec<Claim>) -> Tally {
    let mut tally = Tally { runs, ..Tally::default() };
    for seed in 0..runs {
        let claims = run(seed);
        let mut series = Series::default();
        for claim in &claims {
            series.record(claim.at_ns, claim.nanos, false);
        }
        let mut values = seconds(&claims);
        values.sort_unstable_by(f64::total_cmp);
        let value = |q: f64| Some(values[((q * values.len() as f64 - 1e-9).ceil() as usize).max(1) - 1]);
        let interval = interval(&series, at, TAIL, value).unwrap();
        tally.marked += u64::from(!interval.adequate());
        if let (Some(low), Some(high)) = (interval.low, interval.high) {
            tally.given += 1;
            tally.held += u64::from(low <= truth && truth <= high);
        }
    }
    tally
}

/// Coverage of 92 to 98 % and withheld as stated, unless chance explains it.
fn assert_covers(name: &str, tally: &Tally, withheld: f64) {
    let missing = tally.runs - tally.given;
    let Tally { held, given, marked, runs } = tally;
    eprintln!("{name}: held {held} of {given}, withheld {missing} of {runs}, marked {marked}");
    assert!(within(tally.held, tally.given, 0.92, 0.98), "{name}: {tally:?}");
    assert!(within(missing, tally.runs, 0.0, withheld), "{name}: {tally:?}");
}

fn iid_covers(runs: u64) {
    let mut long = seconds(&iid(u64::MAX, 4_000_000, 200.0));
    for (claims, at) in [(300, 0.5), (1000, 0.9), (1000, 0.95), (2000, 0.99), (6000, 0.99), (20_000, 0.999)] {
        let truth = quantile(&mut long, at);
        let tally = tally(runs, at, truth, |seed| iid(seed, claims, 200.0));
        assert_covers(&format!("iid n {claims} at {at}"), &tally, 0.05);
    }
}

fn queue_covers(runs: u64, claims: usize) {
    let mut long = seconds(&queue(u64::MAX, 10_000_000, 0.9));
    for at in [0.5, 0.9, 0.95, 0.99, 0.999] {
        let truth = quantile(&mut long, at);
        let tally = tally(runs, at, truth, |seed| queue(seed, claims, 0.9));
        assert_covers(&format!("M/G/20 n {claims} at {at}"), &tally, 0.2);
    }
}

fn burst_covers(runs: u64) {
    for at in [0.5, 0.9, 0.95, 0.99] {
        let replicas = (0..4000).map(|seed| quantile(&mut seconds(&burst(1_000_000 + seed, 300, 20)), at));
        let truth = quantile(&mut replicas.collect::<Vec<_>>(), 0.5);
        let tally = tally(runs, at, truth, |seed| burst(seed, 300, 20));
        assert_covers(&format!("burst of 300 at {at}"), &tally, 0.2);
    }
}

#[test]
fn intervals_of_independent_claims_hold_the_truth() {
    iid_covers(100);
}

#[test]
fn intervals_of_one_burst_hold_the_truth() {
    burst_covers(200);
}

#[test]
fn intervals_of_a_busy_queue_hold_the_truth() {
    queue_covers(20, 60_000);
}

#[test]
#[ignore = "calibration: minutes of two cores"]
fn intervals_hold_the_truth_in_full() {
    iid_covers(1000);
    burst_covers(1000);
    queue_covers(200, 60_000);
}

/// Of claims a second apart, of which each `censored`th, where it is not 0, never became ready.
fn of(nanos: &[i64], censored: usize, at: f64) -> Interval {
    let mut series = Series::default();
    for (index, nanos) in nanos.iter().enumerate() {
        series.record(index as i64 * 1_000_000_000, *nanos, censored > 0 && index % censored == 0);
    }
    let whole = series.whole();
    interval(&series, at, TAIL, |quantile| whole.quantile(quantile)).unwrap()
}

fn latencies(claims: usize) -> Vec<i64> {
    iid(7, claims, 1.0).iter().map(|claim| claim.nanos).collect()
}

#[test]
fn too_few_claims_have_no_upper_end_and_a_mark() {
    let p99 = of(&latencies(50), 0, 0.99);
    assert!(p99.low.is_some() && p99.high.is_none() && !p99.adequate());
    assert_eq!(p99.doubt, Some(Doubt::FewBeyond { beyond: 0, count: 50 }));
    let p99 = of(&latencies(900), 0, 0.99);
    assert_eq!(p99.doubt, Some(Doubt::FewBeyond { beyond: 9, count: 900 }));
    let p90 = of(&latencies(900), 0, 0.9);
    assert!(p90.low < p90.high && p90.adequate(), "{p90:?}");
}

#[test]
fn censored_claims_rank_beyond_all_others() {
    let p90 = of(&latencies(1000), 11, 0.9);
    assert!(p90.low.is_some() && p90.high.is_none(), "{p90:?}");
    assert_eq!(p90.doubt, Some(Doubt::Censored));
    let p99 = of(&latencies(1000), 11, 0.99);
    assert_eq!((p99.low, p99.high), (None, None));
    assert_eq!(of(&latencies(1000), 11, 0.5).high.map(f64::is_finite), Some(true));
}

#[test]
fn claims_that_are_all_alike_have_an_interval_of_no_length() {
    let p50 = of(&[5_000_000; 200], 0, 0.5);
    assert!(p50.high.unwrap() - p50.low.unwrap() < 1e-4 && p50.adequate(), "{p50:?}");
}

#[test]
fn bursts_that_come_again_are_so_many_claims_less() {
    let mut series = Series::default();
    for turn in 0..20 {
        for claim in burst(turn as u64, 100, 20) {
            series.record(turn * 60_000_000_000, claim.nanos, false);
        }
    }
    let whole = series.whole();
    let p90 = interval(&series, 0.9, TAIL, |quantile| whole.quantile(quantile)).unwrap();
    assert_eq!(p90.basis, Basis::Run);
    assert!(p90.low.is_some() && p90.effective <= 2000.0);
    let mut one = Series::default();
    for claim in burst(0, 100, 20) {
        one.record(0, claim.nanos, false);
    }
    let whole = one.whole();
    let p50 = interval(&one, 0.5, TAIL, |quantile| whole.quantile(quantile)).unwrap();
    assert_eq!(p50.basis, Basis::Burst);
}

#[test]
fn a_million_claims_take_some_megabytes() {
    let claims = queue(1, 1_000_000, 0.9);
    for (most, megabytes) in [(512, 2.0), (4096, 8.0)] {
        let mut series = Series::with_cells(most);
        for claim in &claims {
            series.record(claim.at_ns, claim.nanos, false);
        }
        let bins: usize = series.cells().iter().map(|cell| cell.bins().len()).sum();
        let held = (bins * 8) as f64 / 1e6;
        assert!(held < megabytes, "{most} cells: {held} MB");
        eprintln!("{most} cells: {held:.1} MB");
    }
}
