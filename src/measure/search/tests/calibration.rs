//! Whole searches, many times over: how near the answers are, and how often their intervals hold the truth.

use std::fmt;
use std::ops::Range;
use std::thread;

use super::model::{Server, TWO_WORKERS};
use super::play::{plan, run};
use crate::measure::search::{Plan, Step};
use crate::measure::tests::check::within;

/// Of 2e7 claims; `the_truth_is_what_the_long_run_says_in_full` finds it again.
const TWO_WORKERS_TRUTH: f64 = 30.21;
/// Steps, in the mean, of a search that halves the bracket by verdicts and repeats the winner.
const STEPS_BY_HALVING: f64 = 9.4;
/// Standard errors that a mean exceeds once in 1,000 times.
const NOISE: f64 = 3.3;

/// One search: its error as a share of the truth, and the rest.
struct Replica {
    error: f64,
    held: bool,
    half_width: f64,
    steps: f64,
    seconds: f64,
}

/// Means over searches with different seeds.
struct Means {
    searches: u64,
    bias: f64,
    spread: f64,
    held: u64,
    half_width: f64,
    steps: f64,
    seconds: f64,
}

impl Replica {
    fn play(server: Server, first: f64, truth: f64, seed: u64) -> Self {
        // As the command has it: 10 s, and 40 times the limit.
        let step_s = f64::max(10.0, 40.0 * server.limit_s);
        let plan = Plan { smallest_share: server.allowed, step_s, ..plan(first, 5000.0, seed) };
        let (answer, tried, seconds) = run(plan, |step| server.step(step));
        let [rate, low, high] = [answer.rate, answer.low, answer.high].map(Option::unwrap);
        Self {
            error: rate / truth - 1.0,
            held: (low..=high).contains(&truth),
            half_width: (high / low).ln() / 2.0,
            steps: tried.len() as f64,
            seconds,
        }
    }
}

impl Means {
    fn of(server: Server, first: f64, truth: f64, seeds: Range<u64>) -> Self {
        let half = seeds.start.midpoint(seeds.end);
        let play =
            |seeds: Range<u64>| -> Vec<_> { seeds.map(|seed| Replica::play(server, first, truth, seed)).collect() };
        let all = thread::scope(|scope| {
            let first_half = scope.spawn(|| play(seeds.start..half));
            let mut all = play(half..seeds.end);
            all.extend(first_half.join().unwrap());
            all
        });
        let mean = |of: fn(&Replica) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        let bias = mean(|one| one.error);
        Self {
            searches: all.len() as u64,
            bias,
            spread: (mean(|one| one.error * one.error) - bias * bias).sqrt(),
            held: all.iter().filter(|one| one.held).count() as u64,
            half_width: mean(|one| one.half_width),
            steps: mean(|one| one.steps),
            seconds: mean(|one| one.seconds),
        }
    }

    /// False where the bias is beyond `most` by more than chance explains.
    fn is_near(&self, most: f64) -> bool {
        self.bias.abs() <= most + NOISE * self.spread / (self.searches as f64).sqrt()
    }
}

impl fmt::Display for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { searches, bias, spread, held, half_width, steps, seconds } = self;
        write!(
            f,
            "bias {:.1} %, sd {:.1} %, held {held} of {searches}, half width {:.1} %, {steps:.1} steps, {seconds:.0} s",
            bias * 100.0,
            spread * 100.0,
            half_width * 100.0
        )
    }
}

/// M/D/2: bias, how often the interval holds the truth, and the number of steps.
fn check(seeds: Range<u64>) {
    let means = Means::of(TWO_WORKERS, 10.0, TWO_WORKERS_TRUTH, seeds);
    eprintln!("{means}");
    assert!(means.is_near(0.02), "{means}");
    assert!(within(means.held, means.searches, 0.85, 0.95), "{means}");
    assert!(means.steps <= 2.0 * STEPS_BY_HALVING, "{means}");
}

#[test]
#[ignore = "slow: 40 searches"]
fn answers_are_near_the_truth_and_intervals_hold_it() {
    check(0..40);
}

#[test]
#[ignore = "calibration: 100 searches"]
fn answers_are_near_the_truth_and_intervals_hold_it_in_full() {
    check(0..100);
}

#[test]
#[ignore = "calibration: 300 searches with seeds that no constant was chosen by"]
fn answers_to_fresh_seeds_in_full() {
    check(40_000..40_300);
}

#[test]
#[ignore = "calibration: a long simulation"]
fn the_truth_is_what_the_long_run_says_in_full() {
    let truth = TWO_WORKERS.truth(20.0, 40.0, 2e7);
    assert!((truth / TWO_WORKERS_TRUTH - 1.0).abs() < 0.003, "{truth}");
}

/// The constants were chosen while looking at M/D/2, `limit 150 ms`, `4 workers`, `1 worker` and `slow starts`, with
/// other seeds; the rest is held out. `slow starts` is known to be held too seldom: 0.15 % of its claims are beyond the
/// limit at any rate, and there a queue builds up within 10 % of the threshold.
#[test]
#[ignore = "calibration: 1,000 searches"]
fn answers_of_other_servers_are_near_their_truth_in_full() {
    let four = Server { workers: 4, service_s: 0.02, spread: 0.5, limit_s: 0.15, ..TWO_WORKERS };
    let slow = Server { workers: 8, service_s: 0.1, spread: 0.7, limit_s: 0.8, ..TWO_WORKERS };
    let cases = [
        ("first rate 1", TWO_WORKERS, 1.0, 0.85),
        ("first rate 60", TWO_WORKERS, 60.0, 0.85),
        ("first rate 23", TWO_WORKERS, 23.0, 0.85),
        ("limit 150 ms", Server { limit_s: 0.15, ..TWO_WORKERS }, 10.0, 0.85),
        ("p90", Server { allowed: 0.1, ..TWO_WORKERS }, 10.0, 0.85),
        ("p50 < 80 ms", Server { allowed: 0.5, limit_s: 0.08, ..TWO_WORKERS }, 10.0, 0.85),
        ("3 workers, 1 s", Server { workers: 3, limit_s: 1.0, ..TWO_WORKERS }, 10.0, 0.85),
        ("4 workers, log-normal", four, 10.0, 0.85),
        ("1 worker, log-normal", Server { workers: 1, service_s: 0.01, spread: 0.25, ..TWO_WORKERS }, 10.0, 0.85),
        ("slow starts", slow, 10.0, 0.0),
    ];
    let beyond = cases.into_iter().filter(|(name, server, first, lowest)| {
        let truth = server.truth(10.0, 200.0, 1e7);
        let means = Means::of(*server, *first, truth, 40_000..40_100);
        eprintln!("{name}: truth {truth:.2} {means}");
        !means.is_near(0.03) || !within(means.held, means.searches, *lowest, 1.0)
    });
    assert_eq!(beyond.map(|case| case.0).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_queue_at_the_threshold_seldom_counts_as_growing() {
    let grows = |rate: f64, seeds: Range<u64>| {
        let step = |seed| Step { rate, seed, warm_up_s: 3.3, duration_s: 33.0 };
        seeds.filter(|seed| TWO_WORKERS.grows(step(*seed))).count()
    };
    let false_alarms = grows(TWO_WORKERS_TRUTH, 0..500);
    assert!(false_alarms <= 10, "{false_alarms} of 500");
    assert!(grows(44.0, 0..50) >= 48, "10 % above the capacity");
}
