use std::collections::BTreeMap;

use crate::measure::ClaimRecord;

/// How exactly it is kept when the generator was late.
const TICK_NS: i64 = 100_000_000;

/// How late the generator was over time: a machine that lets it wait lets an embedded simulator wait too.
#[derive(Debug, Clone, Default)]
pub(super) struct Latenesses {
    ticks: BTreeMap<i64, i64>,
}

impl Latenesses {
    pub fn note(&mut self, claim: &ClaimRecord) {
        let late = &claim.late_ns;
        let read = late.ready.filter(|_| !claim.upper_bound);
        let instants = [
            (claim.handed_over_ns, claim.handed_over_ns.map(|at| at - claim.intended_ns)),
            (claim.acknowledged_ns, late.acknowledged),
            (claim.ready_ns, read),
        ];
        for (at, late) in instants.into_iter().filter_map(|(at, late)| at.zip(late)) {
            let longest = self.ticks.entry(at.div_euclid(TICK_NS)).or_default();
            *longest = late.max(*longest);
        }
    }

    /// The longest meanwhile, ns.
    pub fn longest_ns(&self, from_ns: i64, to_ns: i64) -> i64 {
        let within = self.ticks.range(from_ns.div_euclid(TICK_NS)..=to_ns.div_euclid(TICK_NS));
        within.map(|(_, late)| *late).max().unwrap_or(0)
    }
}
