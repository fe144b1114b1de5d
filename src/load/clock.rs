use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;

/// Instants of a run: nanoseconds since its start, of `CLOCK_MONOTONIC`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunClock(Arc<AtomicI64>);

impl RunClock {
    /// The run starts at `base`, an instant of `CLOCK_MONOTONIC`.
    pub fn start(&self, base: i64) {
        self.0.store(base, Ordering::Release);
    }

    pub fn now(&self) -> i64 {
        self.of(monotonic_ns())
    }

    /// An instant of `CLOCK_MONOTONIC`, in the run's time.
    pub fn of(&self, monotonic_ns: i64) -> i64 {
        monotonic_ns - self.0.load(Ordering::Acquire)
    }

    /// How long until `at`; zero when it is past.
    pub fn until(&self, at: i64) -> Duration {
        Duration::from_nanos(at.saturating_sub(self.now()).max(0) as u64)
    }
}
