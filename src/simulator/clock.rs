use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::settings::{Fault, FaultKind};
use agent_sandbox_common::clock::monotonic_ns;

/// The time faults are scheduled by, and the server's wall clock, which a fault may put wrong.
#[derive(Debug)]
pub struct Clock {
    start_ns: AtomicI64,
    skews: Vec<Fault>,
}

/// How far a skewed clock is off, where the fault does not say.
const DEFAULT_SKEW: Duration = Duration::from_secs(5 * 60);

impl Clock {
    pub fn new(faults: &[Fault]) -> Self {
        let skews = faults.iter().filter(|fault| fault.kind == FaultKind::ClockSkew).cloned().collect();
        Self { start_ns: AtomicI64::new(monotonic_ns()), skews }
    }

    /// Does not count until it is restarted.
    pub fn hold(&self) {
        self.start_ns.store(i64::MAX, Ordering::Relaxed);
    }

    /// Counts from now on.
    pub fn restart(&self) {
        self.start_ns.store(monotonic_ns(), Ordering::Relaxed);
    }

    /// `CLOCK_MONOTONIC` nanoseconds of the instant `at` after the start.
    pub fn instant(&self, at: Duration) -> i64 {
        self.start_ns.load(Ordering::Relaxed).saturating_add(nanoseconds(at))
    }

    /// Whether `fault` is on at `now_ns`.
    pub fn is_on(&self, fault: &Fault, now_ns: i64) -> bool {
        let from = self.instant(fault.at.into());
        (from..from.saturating_add(nanoseconds(fault.length.into()))).contains(&now_ns)
    }

    /// The server's idea of the time.
    pub fn wall(&self) -> Timestamp {
        let now_ns = monotonic_ns();
        let skews = self.skews.iter().filter(|fault| self.is_on(fault, now_ns));
        let skew: Duration = skews.map(|fault| fault.by.map_or(DEFAULT_SKEW, Duration::from)).sum();
        Timestamp::now() + SignedDuration::try_from(skew).unwrap_or_default()
    }
}

/// Nanoseconds, 292 years at most.
pub fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
