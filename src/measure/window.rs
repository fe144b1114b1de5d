use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::distribution::Packed;
use super::{ClaimRecord, Distribution, Latency, Timeouts};

/// Length of a window: 10 s.
pub const WINDOW_NS: i64 = 10_000_000_000;

/// Windows kept as they are recorded, which are 180 KB each: those that claims of the usual timeout still end in. Older
/// ones are packed, for a run of hours has a thousand.
const OPEN: i64 = 20;

/// 10 s of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowSummary {
    /// Start, since the run's.
    pub start_s: f64,
    /// Claims intended in it.
    pub planned: u64,
    /// The sent ones of those.
    pub sent: u64,
    /// The ready ones of those.
    pub ready: u64,
    /// Their median time to ready.
    pub p50: Option<f64>,
    /// Its 99th percentile.
    pub p99: Option<f64>,
}

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
    time_to_ready: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    Open(Distribution),
    Packed(Packed),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Open(Distribution::default())
    }
}

impl Kept {
    /// To record into; unpacked, and left so until the next window begins.
    fn open(&mut self) -> &mut Distribution {
        if let Self::Packed(packed) = self {
            *self = Self::Open(packed.unpack());
        }
        let Self::Open(open) = self else { unreachable!("it was opened") };
        open
    }

    fn pack(&mut self) {
        if let Self::Open(open) = self {
            *self = Self::Packed(Packed::new(open));
        }
    }

    fn read(&self) -> Cow<'_, Distribution> {
        match self {
            Self::Open(open) => Cow::Borrowed(open),
            Self::Packed(packed) => Cow::Owned(packed.unpack()),
        }
    }
}

impl Windows {
    /// Counts a claim into its window.
    pub fn record(&mut self, claim: &ClaimRecord, timeouts: &Timeouts) {
        let window = self.window(claim.intended_ns.div_euclid(WINDOW_NS));
        window.planned += 1;
        window.sent += u64::from(claim.sent_ns.is_some());
        window.ready += u64::from(claim.ready_ns.is_some());
        if let Some((nanos, censored)) = Latency::TimeToReady.of(claim, timeouts) {
            window.time_to_ready.open().record(nanos, censored);
        }
    }

    fn window(&mut self, index: i64) -> &mut Window {
        if !self.windows.contains_key(&index) {
            self.windows.range_mut(..index.saturating_sub(OPEN)).for_each(|(_, window)| window.time_to_ready.pack());
        }
        self.windows.entry(index).or_default()
    }

    /// Adds another run's part of the same windows.
    pub fn merge(&mut self, other: &Self) {
        for (index, from) in &other.windows {
            let window = self.window(*index);
            window.planned += from.planned;
            window.sent += from.sent;
            window.ready += from.ready;
            window.time_to_ready.open().merge(&from.time_to_ready.read());
        }
    }

    /// The windows' figures, in order of time.
    #[must_use]
    pub fn summary(&self) -> Vec<WindowSummary> {
        let summary = |(index, window): (&i64, &Window)| {
            let time_to_ready = window.time_to_ready.read();
            WindowSummary {
                start_s: (index * WINDOW_NS) as f64 / 1e9,
                planned: window.planned,
                sent: window.sent,
                ready: window.ready,
                p50: time_to_ready.quantile(0.5),
                p99: time_to_ready.quantile(0.99),
            }
        };
        self.windows.iter().map(summary).collect()
    }

    /// Start (ns) and time to ready of each window that has any.
    pub fn distributions(&self) -> impl Iterator<Item = (i64, Cow<'_, Distribution>)> {
        let all = self.windows.iter().map(|(index, window)| (index * WINDOW_NS, window.time_to_ready.read()));
        all.filter(|(_, time_to_ready)| time_to_ready.count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_window_is_as_it_was_and_can_be_recorded_into() {
        let claim = |second: i64, after_ns: i64| {
            ClaimRecord::of_ready(0, second * 1_000_000_000, second * 1_000_000_000 + after_ns)
        };
        let (mut packed, mut open) = (Windows::default(), Distribution::default());
        let mut record = |windows: &mut Windows, after: i64| {
            windows.record(&claim(0, after), &Timeouts::ready(180_000_000_000));
            open.record(after, false);
        };
        record(&mut packed, 5_000_000);
        for window in 1..60 {
            packed.record(&claim(window * 10, 1_000_000), &Timeouts::ready(180_000_000_000));
        }
        assert!(matches!(packed.windows[&0].time_to_ready, Kept::Packed(_)));
        // Far beyond what its histogram held so far.
        record(&mut packed, 170_000_000_000);
        packed.record(&claim(600, 1_000_000), &Timeouts::ready(180_000_000_000));
        assert!(matches!(packed.windows[&0].time_to_ready, Kept::Packed(_)));
        let (start, first) = packed.distributions().next().unwrap();
        assert_eq!((start, first.min(), first.mean(), first.max()), (0, open.min(), open.mean(), open.max()));
        assert_eq!(first.histogram(), open.histogram());
        assert_eq!(packed.summary().len(), 61);
    }
}
