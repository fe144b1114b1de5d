//! Do the stated rates hold? Pairs of made-up loads, with the seeds 0..N-1. A test fails where its count rejects the
//! stated rate at 0.1 %. The ignored tests play the full counts.

use std::ops::Range;
use std::thread;

use super::distributions::binomial_tail;
use super::generators::{Effects, Model, run};
use super::{Comparison, Rules, RunSample, Verdict, compare};

/// Chance that a count rejects its rate, were that true.
const REJECTED: f64 = 0.001;
/// Full counts.
const PAIRS: u64 = 400;
/// Those of every day.
const FEW: u64 = 40;

/// Two sides of as many runs.
struct Setting {
    model: Model,
    claims: usize,
    runs: u64,
    base: Effects,
    new: Effects,
}

impl Setting {
    /// The same system twice.
    fn alike(model: Model, claims: usize, runs: u64, effects: Effects) -> Self {
        Self { model, claims, runs, base: effects, new: effects }
    }

    /// Three runs of 6,000 claims a side, of a queue busy for seven tenths of the time.
    fn power(base: Effects, new: Effects) -> Self {
        Self { model: queue(0.7), claims: 6000, runs: 3, base, new }
    }

    fn compare(&self, seed: u64) -> Comparison {
        let side = |effects: &Effects, first: u64| -> Vec<RunSample> {
            (first..first + self.runs).map(|at| run(self.model, self.claims, effects, 1000 * seed + at)).collect()
        };
        compare([&side(&self.base, 0), &side(&self.new, 500)], &Rules::default())
    }

    /// How many pairs of `count` are as `is` asks.
    fn count(&self, count: u64, is: fn(&Comparison) -> bool) -> u64 {
        let of = |seeds: Range<u64>| seeds.filter(|seed| is(&self.compare(*seed))).count() as u64;
        thread::scope(|scope| {
            let half = scope.spawn(|| of(0..count / 2));
            of(count / 2..count) + half.join().unwrap()
        })
    }

    /// The level, 1 %, is that of any difference told, of runs alike.
    fn alarms(&self, name: &str, pairs: u64) {
        let alarms = self.count(pairs, |it| [Verdict::Worse, Verdict::Better].contains(&it.verdict()));
        let chance = 1.0 - binomial_tail(alarms as f64 - 1.0, pairs as f64, Rules::default().level);
        eprintln!("{name}: {alarms} alarms of {pairs}");
        assert!(alarms == 0 || chance > REJECTED, "{name}: {alarms} alarms of {pairs} pairs");
    }

    /// Found at least eight times of ten.
    fn finds(&self, name: &str, pairs: u64) {
        let found = self.count(pairs, |it| it.verdict() == Verdict::Worse);
        let chance = binomial_tail(found as f64, pairs as f64, 0.8);
        eprintln!("{name}: found {found} of {pairs}");
        assert!(chance > REJECTED, "{name}: found {found} of {pairs}");
    }
}

fn queue(utilisation: f64) -> Model {
    Model::Queue { servers: 20, utilisation, settled: 0 }
}

fn play_alike(pairs: u64) {
    let none = Effects::default();
    let spread = Effects { run_spread: 0.1, ..none };
    let clumps = Effects { failed: 0.005, clump: 30, ..none };
    for (name, setting) in [
        ("10 claims", Setting::alike(Model::Independent, 10, 1, none)),
        ("1,000 claims", Setting::alike(Model::Independent, 1000, 1, none)),
        ("one burst of 100", Setting::alike(Model::Bursts, 100, 1, none)),
        ("busy for 0.95", Setting::alike(queue(0.95), 6000, 1, none)),
        ("busy for 0.98", Setting::alike(queue(0.98), 6000, 1, none)),
        ("sets of 5, spread 10 %", Setting::alike(queue(0.7), 1000, 5, spread)),
        ("sets of 5 bursts", Setting::alike(Model::Bursts, 100, 5, none)),
        ("sets of 3 bursts, a few failures", Setting::alike(Model::Bursts, 100, 3, Effects { failed: 0.01, ..none })),
        ("sets of 3, 30 bursts each", Setting::alike(Model::Bursts, 3000, 3, none)),
        ("sets of 3, busy for 0.9", Setting::alike(queue(0.9), 6000, 3, none)),
        ("sets of 3, clumps of failures", Setting::alike(Model::Independent, 6000, 3, clumps)),
    ] {
        setting.alarms(name, pairs);
    }
}

fn play_unlike(pairs: u64) {
    let none = Effects::default();
    let failed = |failed| Effects { failed, ..none };
    for (name, base, new) in [
        ("10 % slower", none, Effects { slower: 1.1, ..none }),
        ("2 % of claims doubled", none, Effects { doubled: 0.02, ..none }),
        ("failures 0 to 0.5 %", none, failed(0.005)),
        ("failures 2 to 4 %", failed(0.02), failed(0.04)),
        ("failures 11 to 15 %", failed(0.11), failed(0.15)),
        ("cold 10 to 14 %", none, Effects { cold: 0.14, ..none }),
    ] {
        Setting::power(base, new).finds(name, pairs);
    }
}

#[test]
#[ignore = "slow: forty pairs of each setting"]
fn like_is_not_told_from_like() {
    play_alike(FEW);
}

#[test]
#[ignore = "slow: forty pairs of each setting"]
fn what_differs_is_found() {
    play_unlike(FEW);
}

#[test]
#[ignore = "calibration: a minute of two cores"]
fn like_is_not_told_from_like_in_full() {
    play_alike(PAIRS);
}

#[test]
#[ignore = "calibration: a minute of two cores"]
fn what_differs_is_found_in_full() {
    play_unlike(PAIRS);
}
