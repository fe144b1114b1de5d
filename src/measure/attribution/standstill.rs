use std::collections::BTreeSet;

/// How exactly instants are kept: a run of a day has 8.6 million of them at most.
const TICK_NS: i64 = 10_000_000;

/// When claims went on: were seen bound, or ready.
#[derive(Debug, Clone, Default)]
pub(super) struct Standstills {
    ticks: BTreeSet<i64>,
}

impl Standstills {
    /// A claim went on.
    pub fn note(&mut self, at_ns: i64) {
        self.ticks.insert(at_ns.div_euclid(TICK_NS));
    }

    /// The longest time between two instants in which no claim went on, ns.
    pub fn longest_ns(&self, from_ns: i64, to_ns: i64) -> i64 {
        let (from, to) = (from_ns.div_euclid(TICK_NS), to_ns.div_euclid(TICK_NS));
        let within = self.ticks.range(from..=to).copied().chain([to]);
        let (_, longest) = within.fold((from, 0), |(last, longest), tick| (tick, longest.max(tick - last)));
        longest * TICK_NS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_counts_its_ends() {
        let mut standstills = Standstills::default();
        for at in [0, 100, 400, 1000] {
            standstills.note(at * 1_000_000);
        }
        let longest = |from: i64, to: i64| standstills.longest_ns(from * 1_000_000, to * 1_000_000) / 1_000_000;
        assert_eq!((longest(0, 400), longest(150, 900), longest(1100, 1300)), (300, 500, 200));
    }
}
