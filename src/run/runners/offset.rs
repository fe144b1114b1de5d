use super::protocol::Clocks;

/// How far a runner's clocks are ahead of the coordinator's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offset {
    /// The runner's monotonic clock minus ours.
    pub monotonic_ns: i64,
    /// Its wall clock minus ours.
    pub wall_ns: i64,
    /// Either is at most so far from the truth: half the round trip.
    pub uncertainty_ns: i64,
}

impl Offset {
    /// What one round trip tells: the runner's clocks were read somewhen between `asked` and `answered`.
    pub fn of(asked: Clocks, theirs: Clocks, answered: Clocks) -> Self {
        let half = (answered.monotonic_ns - asked.monotonic_ns) / 2;
        Self {
            monotonic_ns: theirs.monotonic_ns - (asked.monotonic_ns + half),
            wall_ns: theirs.wall_ns - (asked.wall_ns + half),
            uncertainty_ns: half,
        }
    }

    /// How far the runner's monotonic clock went from ours since `before`, and the doubt in that.
    pub fn since(self, before: Self) -> (i64, i64) {
        (self.monotonic_ns - before.monotonic_ns, self.uncertainty_ns + before.uncertainty_ns)
    }

    /// The better of two.
    pub fn or_better(self, other: Option<Self>) -> Self {
        other.filter(|other| other.uncertainty_ns <= self.uncertainty_ns).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_truth_is_within_the_uncertainty(
            truth in -1_000_000_000_000..1_000_000_000_000_i64, there in 0..50_000_000_i64, back in 0..50_000_000_i64,
        ) {
            let clocks = |at: i64| Clocks { monotonic_ns: at, wall_ns: at + 7 };
            let offset = Offset::of(clocks(100), clocks(100 + there + truth), clocks(100 + there + back));
            prop_assert!((offset.monotonic_ns - truth).abs() <= offset.uncertainty_ns + 1);
            prop_assert!((offset.wall_ns - truth).abs() <= offset.uncertainty_ns + 1);
        }
    }
}
