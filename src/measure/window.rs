use std::collections::BTreeMap;

use super::{ClaimRecord, Distribution, Latency, WindowSummary};

/// Length of a window: 10 s.
pub const WINDOW_NS: i64 = 10_000_000_000;

/// The run cut into windows by intended instant, so that a mean over the whole hides nothing.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    windows: BTreeMap<i64, Window>,
}

#[derive(Debug, Clone, Default)]
struct Window {
    planned: u64,
    sent: u64,
    ready: u64,
    time_to_ready: Distribution,
}

impl Windows {
    /// Counts a claim into its window.
    pub fn record(&mut self, claim: &ClaimRecord, ready_timeout_ns: i64) {
        let window = self.windows.entry(claim.intended_ns.div_euclid(WINDOW_NS)).or_default();
        window.planned += 1;
        window.sent += u64::from(claim.sent_ns.is_some());
        window.ready += u64::from(claim.ready_ns.is_some());
        if let Some((nanos, censored)) = Latency::TimeToReady.of(claim, ready_timeout_ns) {
            window.time_to_ready.record(nanos, censored);
        }
    }

    /// Adds another run's part of the same windows.
    pub fn merge(&mut self, other: &Self) {
        for (index, from) in &other.windows {
            let window = self.windows.entry(*index).or_default();
            window.planned += from.planned;
            window.sent += from.sent;
            window.ready += from.ready;
            window.time_to_ready.merge(&from.time_to_ready);
        }
    }

    /// The windows' figures, in order of time.
    #[must_use]
    pub fn summary(&self) -> Vec<WindowSummary> {
        let summary = |(index, window): (&i64, &Window)| WindowSummary {
            start_s: (index * WINDOW_NS) as f64 / 1e9,
            planned: window.planned,
            sent: window.sent,
            ready: window.ready,
            p50: window.time_to_ready.quantile(0.5),
            p99: window.time_to_ready.quantile(0.99),
        };
        self.windows.iter().map(summary).collect()
    }

    /// Start (ns) and time to ready of each window that has any.
    pub fn distributions(&self) -> impl Iterator<Item = (i64, &Distribution)> {
        let some = |window: &Window| window.time_to_ready.count() > 0;
        self.windows
            .iter()
            .filter(move |(_, window)| some(window))
            .map(|(index, window)| (index * WINDOW_NS, &window.time_to_ready))
    }
}
