use std::collections::BTreeMap;

/// How exactly it is kept when a create was under way.
const TICK_NS: i64 = 100_000_000;
/// Ticks that one create counts in: one of a minute says no more than one of ten seconds.
const MOST_TICKS: i64 = 100;

/// How long creates took that were under way at an instant. A slow answer holds up the claims that wait for its connection,
/// and not always its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Creates {
    /// Sum, ns, and number.
    ticks: BTreeMap<i64, (i64, i64)>,
}

impl Creates {
    pub fn note(&mut self, sent_ns: i64, acknowledged_ns: i64) {
        let (from, to) = (sent_ns.div_euclid(TICK_NS), acknowledged_ns.div_euclid(TICK_NS));
        for tick in from..=to.min(from + MOST_TICKS) {
            let (sum, count) = self.ticks.entry(tick).or_default();
            (*sum, *count) = (*sum + acknowledged_ns - sent_ns, *count + 1);
        }
    }

    /// The mean of those under way meanwhile, seconds.
    pub fn mean_s(&self, from_ns: i64, to_ns: i64) -> Option<f64> {
        let within = self.ticks.range(from_ns.div_euclid(TICK_NS)..=to_ns.div_euclid(TICK_NS));
        let (sum, count) = within.fold((0, 0), |(sum, count), (_, (more, by))| (sum + more, count + by));
        (count > 0).then(|| sum as f64 / 1e9 / count as f64)
    }

    /// The median tick's mean outside of these spans, seconds.
    pub fn quiet_s(&self, spans: &[(i64, i64)]) -> Option<f64> {
        let spans: Vec<_> = spans.iter().map(|(from, to)| from.div_euclid(TICK_NS)..=to.div_euclid(TICK_NS)).collect();
        let quiet = self.ticks.iter().filter(|(tick, _)| !spans.iter().any(|span| span.contains(tick)));
        let mut means: Vec<i64> = quiet.map(|(_, (sum, count))| sum / count).collect();
        means.sort_unstable();
        means.get(means.len() / 2).map(|nanos| *nanos as f64 / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_create_counts_while_it_is_under_way() {
        const MS: i64 = 1_000_000;
        let mut creates = Creates::default();
        (0..20).for_each(|at| creates.note(at * 100 * MS, (at * 100 + 2) * MS));
        creates.note(910 * MS, 1320 * MS);
        assert_eq!(creates.mean_s(1000 * MS, 1050 * MS), Some(0.206), "2 and 410 ms");
        assert_eq!(creates.quiet_s(&[(1000 * MS, 1300 * MS)]), Some(0.002));
        assert_eq!((Creates::default().mean_s(0, 1), Creates::default().quiet_s(&[])), (None, None));
    }
}
