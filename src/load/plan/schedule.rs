//! When each claim is due: a pure function of shape, rate, duration and seed. No clock, no network.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1};

use crate::config::{Arrivals, Burst, Closed, Duration, Phase, Ramp, Step};

/// Claims per second where nothing says otherwise.
pub const DEFAULT_RATE: f64 = 10.0;
pub(crate) const DEFAULT_DURATION: Duration = Duration::from_secs(30);
const SECOND_NS: f64 = 1e9;

/// A phase as it will be played.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Open loop: the instants (ns from the phase's start, rising) and the phase's length (ns).
    Open {
        /// When each claim is due.
        due: Vec<i64>,
        /// When the next phase starts.
        length_ns: i64,
    },
    /// Closed loop: users that claim again as soon as they may.
    Closed {
        /// Users.
        users: u32,
        /// Their pause between two claims (ns).
        think_ns: i64,
        /// When no further claim is started (ns from the phase's start).
        length_ns: i64,
        /// Claims in all, at most.
        total: u64,
    },
}

impl Schedule {
    /// The schedule of `phase`. `trace` holds the offsets of its trace file; `stream` keeps phases of one seed apart.
    #[must_use]
    pub fn new(phase: &Phase, trace: &[i64], seed: u64, stream: u64) -> Self {
        let rate = phase.rate.unwrap_or(DEFAULT_RATE);
        let duration = phase.duration.unwrap_or(DEFAULT_DURATION);
        if phase.arrivals == Arrivals::Closed {
            return Self::closed(phase, rate, duration);
        }
        let (due, length_ns) = match phase.arrivals {
            Arrivals::Constant => constant(rate, limit(phase, rate, duration)),
            Arrivals::Poisson => poisson(rate, limit(phase, rate, duration), seed, stream),
            Arrivals::Burst => bursts(phase, rate, duration),
            Arrivals::Ramp => ramp(phase.ramp.as_ref().unwrap_or(&Ramp { from: 0.0, to: rate }), duration),
            Arrivals::Step => steps(phase, rate, duration),
            Arrivals::Trace => replay(trace, phase.duration),
            Arrivals::Closed => unreachable!("returned above"),
        };
        Self::cut(due, length_ns, phase)
    }

    fn closed(phase: &Phase, rate: f64, duration: Duration) -> Self {
        let closed = phase.closed.clone().unwrap_or(Closed { users: rate.ceil() as u32, think: Duration::ZERO });
        let length_ns = match (phase.duration, phase.total) {
            // Only the total ends it.
            (None, Some(_)) => i64::MAX,
            _ => duration.nanos(),
        };
        let total = phase.total.unwrap_or(u64::MAX);
        Self::Closed { users: closed.users, think_ns: closed.think.nanos(), length_ns, total }
    }

    /// Ends an open schedule at the phase's total; without a duration of its own it ends with its last claim.
    fn cut(mut due: Vec<i64>, mut length_ns: i64, phase: &Phase) -> Self {
        if let Some(total) = phase.total
            && due.len() as u64 > total
        {
            due.truncate(total as usize);
            if phase.duration.is_none() {
                length_ns = due.last().copied().unwrap_or(0);
            }
        }
        Self::Open { due, length_ns }
    }

    /// Claims per second at the busiest, over 100 ms; how many connections a run needs follows from it.
    #[must_use]
    pub fn peak_rate(&self) -> f64 {
        let Self::Open { due, .. } = self else { return 0.0 };
        let mut start = 0;
        let mut most = 0;
        for (at, instant) in due.iter().enumerate() {
            while instant - due[start] >= 100_000_000 {
                start += 1;
            }
            most = most.max(at + 1 - start);
        }
        most as f64 * 10.0
    }
}

/// How far a rate-driven shape goes: until an instant, and until a count.
#[derive(Clone, Copy)]
struct Limit {
    until_ns: f64,
    count: u64,
    length_ns: i64,
}

/// `floor(rate x duration)` claims by default; a total alone sets the length, both together stop at the first.
fn limit(phase: &Phase, rate: f64, duration: Duration) -> Limit {
    match (phase.total, phase.duration) {
        (Some(total), None) => {
            Limit { until_ns: f64::INFINITY, count: total, length_ns: (total as f64 / rate * SECOND_NS) as i64 }
        }
        (Some(total), Some(own)) => Limit { until_ns: own.nanos() as f64, count: total, length_ns: own.nanos() },
        (None, _) => {
            // A rate such as 0.1 has no exact float: without the allowance 0.1 x 30 would be 2 claims.
            let count = (rate * duration.secs() + 1e-9).floor() as u64;
            Limit { until_ns: f64::INFINITY, count, length_ns: duration.nanos() }
        }
    }
}

/// First claim at 0, then each 1/rate; computed from the index, so that no error adds up.
fn constant(rate: f64, limit: Limit) -> (Vec<i64>, i64) {
    let gap = SECOND_NS / rate;
    let due = (0..limit.count).map(|index| index as f64 * gap).take_while(|at| *at < limit.until_ns);
    (due.map(|at| at as i64).collect(), limit.length_ns)
}

/// Exponential gaps, stopped at the limit's count: a Poisson process observed until its n-th arrival.
fn poisson(rate: f64, limit: Limit, seed: u64, stream: u64) -> (Vec<i64>, i64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let mut at = 0.0;
    let mut next = || {
        let gap: f64 = Exp1.sample(&mut random);
        at += gap * SECOND_NS / rate;
        at
    };
    let due: Vec<i64> =
        (0..limit.count).map(|_| next()).take_while(|at| *at < limit.until_ns).map(|at| at as i64).collect();
    let length_ns = limit.length_ns.max(due.last().copied().unwrap_or(0));
    (due, length_ns)
}

fn bursts(phase: &Phase, rate: f64, duration: Duration) -> (Vec<i64>, i64) {
    let once_a_second = || Burst { size: (rate.round() as u64).max(1), every: Duration::from_secs(1) };
    let burst = phase.burst.clone().unwrap_or_else(once_a_second);
    let every = burst.every.nanos();
    let count = match (phase.total, phase.duration) {
        (Some(total), None) => total.div_ceil(burst.size),
        _ => (duration.nanos() as u64).div_ceil(every as u64),
    };
    let due = (0..count).flat_map(|at| std::iter::repeat_n(at as i64 * every, burst.size as usize)).collect();
    (due, if phase.total.is_some() && phase.duration.is_none() { count as i64 * every } else { duration.nanos() })
}

/// Claim k is due where the area under the rate reaches k: `from t + (to - from) t^2 / 2T = k`.
fn ramp(ramp: &Ramp, duration: Duration) -> (Vec<i64>, i64) {
    let length = duration.secs();
    let slope = (ramp.to - ramp.from) / length;
    let count = (f64::midpoint(ramp.from, ramp.to) * length + 1e-9).floor() as u64;
    let instant = |k: f64| {
        // The root written without cancellation, so that a slope of 0 needs no case of its own.
        let root = (ramp.from * ramp.from + 2.0 * slope * k).max(0.0).sqrt();
        if k == 0.0 { 0.0 } else { 2.0 * k / (ramp.from + root) }
    };
    let due = (0..count).map(|k| (instant(k as f64) * SECOND_NS) as i64).collect();
    (due, duration.nanos())
}

fn steps(phase: &Phase, rate: f64, duration: Duration) -> (Vec<i64>, i64) {
    let quarter = |at: u32| Step {
        rate: rate * f64::from(at) / 4.0,
        duration: Duration::from_nanos((duration.nanos() / 4) as u64),
    };
    let steps = if phase.steps.is_empty() { (1..=4).map(quarter).collect() } else { phase.steps.clone() };
    let mut start = 0;
    let mut due = Vec::new();
    for step in steps {
        let count = (step.rate * step.duration.secs() + 1e-9).floor() as u64;
        due.extend((0..count).map(|index| start + (index as f64 * SECOND_NS / step.rate) as i64));
        start += step.duration.nanos();
    }
    (due, start)
}

fn replay(trace: &[i64], duration: Option<Duration>) -> (Vec<i64>, i64) {
    let length = duration.map(Duration::nanos);
    let due: Vec<i64> = trace.iter().copied().filter(|at| length.is_none_or(|length| *at < length)).collect();
    let last = due.last().copied().unwrap_or(0);
    (due, length.unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn due(phase: &Phase, seed: u64) -> Vec<i64> {
        match Schedule::new(phase, &[], seed, 0) {
            Schedule::Open { due, length_ns } => {
                assert!(due.last().is_none_or(|last| *last <= length_ns), "the last claim is after the end");
                due
            }
            Schedule::Closed { .. } => panic!("closed"),
        }
    }

    fn phase(arrivals: Arrivals, rate: f64, secs: u64) -> Phase {
        Phase { arrivals, rate: Some(rate), duration: Some(Duration::from_secs(secs)), ..Phase::default() }
    }

    #[test]
    fn constant_starts_at_zero_and_counts_exactly() {
        let due = due(&phase(Arrivals::Constant, 200.0, 10), 1);
        assert_eq!((due.len(), due[0], due[1], due[1999]), (2000, 0, 5_000_000, 9_995_000_000));
        assert_eq!(super::tests::due(&phase(Arrivals::Constant, 0.1, 30), 1).len(), 3);
    }

    #[test]
    fn a_total_alone_sets_the_length() {
        let phase = Phase { rate: Some(5.0), total: Some(300), ..Phase::default() };
        let due = due(&phase, 1);
        assert_eq!((due.len(), due[299]), (300, 59_800_000_000));
    }

    #[test]
    fn shapes_of_rate_and_duration_alone() {
        let bursts = due(&phase(Arrivals::Burst, 50.0, 3), 1);
        assert_eq!((bursts.len(), bursts[49], bursts[50], bursts[149]), (150, 0, 1_000_000_000, 2_000_000_000));
        let ramp = due(&phase(Arrivals::Ramp, 100.0, 10), 1);
        assert_eq!(ramp.len(), 500);
        assert_eq!(ramp.iter().filter(|at| **at < 5_000_000_000).count(), 125, "a quarter in the first half");
        let steps = due(&phase(Arrivals::Step, 100.0, 8), 1);
        let per_step = |k: i64| steps.iter().filter(|at| **at / 2_000_000_000 == k).count();
        assert_eq!([0, 1, 2, 3].map(per_step), [50, 100, 150, 200]);
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let due = due(&phase(Arrivals::Poisson, 1000.0, 100), 7);
        assert_eq!(due.len(), 100_000);
        let mut gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        gaps.sort_by(f64::total_cmp);
        // Kolmogorov-Smirnov against the exponential law of mean 1 ms; 1.95 / sqrt(n) is the 0.1 % point.
        let n = gaps.len() as f64;
        let distance = gaps.iter().enumerate().map(|(at, gap)| ((at as f64 + 0.5) / n - (1.0 - (-gap).exp())).abs());
        assert!(distance.fold(0.0, f64::max) < 1.95 / n.sqrt());
    }

    #[test]
    fn closed_has_a_user_for_each_claim_per_second() {
        let schedule = Schedule::new(&phase(Arrivals::Closed, 8.0, 5), &[], 1, 0);
        let expected = Schedule::Closed { users: 8, think_ns: 0, length_ns: 5_000_000_000, total: u64::MAX };
        assert_eq!(schedule, expected);
    }

    proptest! {
        #[test]
        fn same_seed_same_schedule_and_never_backwards(
            arrivals in prop::sample::select(vec![Arrivals::Constant, Arrivals::Poisson, Arrivals::Burst, Arrivals::Ramp, Arrivals::Step]),
            rate in 0.5..500.0_f64, secs in 1..20_u64, total in prop::option::of(1..3000_u64), seed: u64,
        ) {
            let phase = Phase { total, ..phase(arrivals, rate, secs) };
            let due = due(&phase, seed);
            prop_assert_eq!(&due, &super::tests::due(&phase, seed));
            prop_assert!(due.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(total.is_none_or(|total| due.len() as u64 <= total));
            if total.is_none() && matches!(arrivals, Arrivals::Constant | Arrivals::Poisson) {
                prop_assert_eq!(due.len() as u64, (rate * secs as f64 + 1e-9).floor() as u64);
            }
        }
    }
}
