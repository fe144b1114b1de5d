use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use agent_sandbox_common::clock::{monotonic_ns, timestamp};

/// The time faults are scheduled by, and the server's wall clock, which a fault may put wrong.
#[derive(Debug)]
pub struct Clock {
    start_ns: AtomicI64,
    skews: Vec<Skew>,
}

/// The wall clock is ahead for a while.
#[derive(Debug)]
pub struct Skew {
    /// When, from the start.
    pub at: Duration,
    pub length: Duration,
    pub by: Duration,
}

impl Clock {
    pub fn new(skews: Vec<Skew>) -> Self {
        Self { start_ns: AtomicI64::new(monotonic_ns()), skews }
    }

    /// Does not count until it is started.
    pub fn hold(&self) {
        self.start_ns.store(i64::MAX, Ordering::Relaxed);
    }

    /// Counts from `start_ns`, `CLOCK_MONOTONIC` nanoseconds.
    pub fn start_at(&self, start_ns: i64) {
        self.start_ns.store(start_ns, Ordering::Relaxed);
    }

    /// `CLOCK_MONOTONIC` nanoseconds of what begins `at` after the start and lasts `length`.
    pub fn span(&self, at: Duration, length: Duration) -> Range<i64> {
        let from = self.start_ns.load(Ordering::Relaxed).saturating_add(nanoseconds(at));
        from..from.saturating_add(nanoseconds(length))
    }

    /// The server's idea of the time.
    pub fn wall(&self) -> Timestamp {
        let now_ns = monotonic_ns();
        let on = self.skews.iter().filter(|skew| self.span(skew.at, skew.length).contains(&now_ns));
        let ahead: Duration = on.map(|skew| skew.by).sum();
        timestamp() + SignedDuration::try_from(ahead).unwrap_or_default()
    }
}

/// Nanoseconds, 292 years at most.
pub fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
