use super::formula::{Draw, Playing, playing};
use super::instants::Instants;
use crate::config::Shape;

/// A phase as it will be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Open loop: each claim has its instant in [`Plan::due`](super::Plan::due).
    Open {
        /// When the next phase starts (ns from this one's start).
        length_ns: i64,
    },
    /// Closed loop: users that claim again as soon as they may.
    Closed {
        /// Users.
        users: u32,
        /// Their pause between two claims (ns).
        think_ns: i64,
        /// When no further claim is started (ns from the phase's start); `None` where only the total ends it.
        length_ns: Option<i64>,
        /// Claims in all, at most.
        total: u64,
    },
}

impl Schedule {
    /// The schedule of `shape`, whose instants go to `instants`. `trace` holds the offsets of its trace file. `left_over` is
    /// the part of a claim that the phase before has left over, and then what this one has.
    pub(super) fn new(
        shape: &Shape,
        trace: &[i64],
        draw: Draw,
        start_ns: i64,
        instants: &mut Instants,
        left_over: &mut f64,
    ) -> Self {
        let before = std::mem::take(left_over);
        let formula = match playing(shape, trace, draw) {
            Playing::Open(formula) => formula,
            Playing::Closed(closed) => {
                let length_ns = shape.total_alone().is_none().then(|| shape.duration_or_default().nanos());
                let total = shape.total.unwrap_or(u64::MAX);
                return Self::Closed { users: closed.users, think_ns: closed.think.nanos(), length_ns, total };
            }
        };
        let added = instants.phase(start_ns, shape.total, |instants| *left_over = formula.add_to(instants, before));
        if shape.total.is_some() {
            // It has as many as it was told.
            *left_over = 0.0;
        }
        // Cut by its total alone it ends with its last claim.
        let natural_ns = if added.cut && shape.duration.is_none() { 0 } else { formula.length_ns() as i64 };
        Self::Open { length_ns: natural_ns.max(added.last_ns) }
    }

    /// Length in ns; `None` for a closed loop that only its total ends.
    #[must_use]
    pub fn length_ns(&self) -> Option<i64> {
        match self {
            Self::Open { length_ns } => Some(*length_ns),
            Self::Closed { length_ns, .. } => *length_ns,
        }
    }

    /// Users of a closed loop.
    #[must_use]
    pub fn users(&self) -> u32 {
        match self {
            Self::Open { .. } => 0,
            Self::Closed { users, .. } => *users,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Arrivals, Burst, Duration, Given, Step};

    /// The schedule and its instants.
    fn planned(shape: &Shape, seed: u64) -> (Schedule, Vec<i64>) {
        let mut instants = Instants::new(0, None);
        let schedule = Schedule::new(shape, &[], Draw { seed, stream: 0 }, 0, &mut instants, &mut 0.0);
        (schedule, instants.into_due())
    }

    fn due(shape: &Shape, seed: u64) -> Vec<i64> {
        let (schedule, due) = planned(shape, seed);
        let Schedule::Open { length_ns } = schedule else { panic!("closed") };
        assert!(due.last().is_none_or(|last| *last <= length_ns), "the last claim is after the end");
        due
    }

    fn shape(arrivals: Arrivals, secs: u64) -> Shape {
        Shape { arrivals, duration: Some(Duration::from_secs(secs)), total: None }
    }

    fn constant(rate: f64, secs: u64) -> Shape {
        shape(Arrivals::Constant { rate: Some(rate) }, secs)
    }

    #[test]
    fn constant_starts_at_zero_and_counts_exactly() {
        let instants = due(&constant(200.0, 10), 1);
        assert_eq!((instants.len(), instants[0], instants[1], instants[1999]), (2000, 0, 5_000_000, 9_995_000_000));
        assert_eq!(due(&constant(0.1, 30), 1).len(), 3);
    }

    #[test]
    fn a_total_alone_sets_the_length() {
        let constant = Shape { duration: None, total: Some(300), ..constant(5.0, 1) };
        let (schedule, instants) = planned(&constant, 1);
        assert_eq!((instants.len(), instants[299]), (300, 59_800_000_000));
        assert_eq!(schedule, Schedule::Open { length_ns: 60_000_000_000 });
        let burst = Given::Own(Burst { size: 100, every: Duration::from_secs(2) });
        let bursts = Shape { arrivals: Arrivals::Burst(burst), duration: None, total: Some(300) };
        assert_eq!(planned(&bursts, 1).0, Schedule::Open { length_ns: 6_000_000_000 });
    }

    #[test]
    fn shapes_of_rate_and_duration_alone() {
        let bursts = due(&shape(Arrivals::Burst(Given::Rate(Some(50.0))), 3), 1);
        assert_eq!((bursts.len(), bursts[49], bursts[50], bursts[149]), (150, 0, 1_000_000_000, 2_000_000_000));
        let ramp = due(&shape(Arrivals::Ramp(Given::Rate(Some(100.0))), 10), 1);
        assert_eq!(ramp.len(), 500);
        assert_eq!(ramp.iter().filter(|at| **at < 5_000_000_000).count(), 125, "a quarter in the first half");
        let steps = due(&shape(Arrivals::Step(Given::Rate(Some(100.0))), 8), 1);
        let per_step = |k: i64| steps.iter().filter(|at| **at / 2_000_000_000 == k).count();
        assert_eq!([0, 1, 2, 3].map(per_step), [50, 100, 150, 200]);
    }

    #[test]
    fn steps_carry_the_part_of_a_claim_that_is_left_over() {
        let steps = |rate: f64| {
            let steps = vec![Step { rate, duration: Duration::from_secs(1) }; 10];
            due(&Shape { arrivals: Arrivals::Step(Given::Own(steps)), ..Shape::default() }, 1)
        };
        for rate in [1.5, 0.9, 3.0, 0.1] {
            let (carried, whole) = (steps(rate), due(&constant(rate, 10), 1));
            assert_eq!(carried.len(), whole.len(), "{rate}");
            // The same rate all the time is the constant one, but for the rounding to ns.
            assert!(carried.iter().zip(&whole).all(|(one, other)| (one - other).abs() <= 1), "{carried:?} {whole:?}");
        }
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let due = due(&shape(Arrivals::Poisson { rate: Some(1000.0) }, 100), 7);
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
        let (schedule, due) = planned(&shape(Arrivals::Closed(Given::Rate(Some(8.0))), 5), 1);
        let length_ns = Some(5_000_000_000);
        assert_eq!(schedule, Schedule::Closed { users: 8, think_ns: 0, length_ns, total: u64::MAX });
        assert!(due.is_empty());
    }

    proptest! {
        #[test]
        fn same_seed_same_schedule_and_never_backwards(
            kind in 0..5, rate in 0.5..500.0_f64, secs in 1..20_u64, total in prop::option::of(1..3000_u64), seed: u64,
        ) {
            let rate_alone = Some(rate);
            let arrivals = match kind {
                0 => Arrivals::Constant { rate: rate_alone },
                1 => Arrivals::Poisson { rate: rate_alone },
                2 => Arrivals::Burst(Given::Rate(rate_alone)),
                3 => Arrivals::Ramp(Given::Rate(rate_alone)),
                _ => Arrivals::Step(Given::Rate(rate_alone)),
            };
            let exact = kind < 2;
            let shape = Shape { total, ..shape(arrivals, secs) };
            let instants = due(&shape, seed);
            prop_assert_eq!(&instants, &due(&shape, seed));
            prop_assert!(instants.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(total.is_none_or(|total| instants.len() as u64 <= total));
            if total.is_none() && exact {
                prop_assert_eq!(instants.len() as u64, (rate * secs as f64 + 1e-9).floor() as u64);
            }
        }
    }
}
