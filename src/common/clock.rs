//! The clocks of this machine; with the feature `made-up`, those of a run in made-up time.

use jiff::Timestamp;
use nix::time::{ClockId, clock_gettime};

/// `CLOCK_MONOTONIC` in nanoseconds; comparable between processes of one machine.
///
/// # Panics
/// Never where the system has a monotonic clock, which every supported one has.
#[must_use]
pub fn monotonic_ns() -> i64 {
    #[cfg(feature = "made-up")]
    if let Some(made_up) = made_up::now_ns() {
        return made_up;
    }
    nanoseconds(ClockId::CLOCK_MONOTONIC).expect("every supported system has CLOCK_MONOTONIC")
}

/// `CLOCK_BOOTTIME` in nanoseconds: as [`monotonic_ns`], but it runs on while the machine is suspended. `None` where the
/// system has none.
#[must_use]
pub fn boottime_ns() -> Option<i64> {
    #[cfg(feature = "made-up")]
    if let Some(made_up) = made_up::now_ns() {
        return Some(made_up + made_up::suspended_ns());
    }
    #[cfg(target_os = "linux")]
    return nanoseconds(ClockId::CLOCK_BOOTTIME);
    #[cfg(not(target_os = "linux"))]
    None
}

/// The wall clock, nanoseconds since the epoch.
///
/// # Panics
/// Never where the system has a wall clock.
#[must_use]
pub fn wall_ns() -> i64 {
    #[cfg(feature = "made-up")]
    if let Some(made_up) = made_up::now_ns() {
        return made_up::EPOCH_NS + made_up + made_up::suspended_ns() + made_up::stepped_ns();
    }
    nanoseconds(ClockId::CLOCK_REALTIME).expect("every supported system has CLOCK_REALTIME")
}

/// What the wall clock says now.
#[must_use]
pub fn timestamp() -> Timestamp {
    Timestamp::from_nanosecond(wall_ns().into()).unwrap_or_default()
}

fn nanoseconds(clock: ClockId) -> Option<i64> {
    let now = clock_gettime(clock).ok()?;
    Some(now.tv_sec() * 1_000_000_000 + now.tv_nsec())
}

/// A clock that a program sets itself. Each thread has its own, so that each plays a run of its own.
#[cfg(feature = "made-up")]
pub mod made_up {
    use std::cell::Cell;

    /// What the wall clock says when the made-up clock says 0: the first of January 2026.
    pub const EPOCH_NS: i64 = 1_767_225_600_000_000_000;

    thread_local! {
        static SOURCE: Cell<Option<fn() -> i64>> = const { Cell::new(None) };
        static SUSPENDED_NS: Cell<i64> = const { Cell::new(0) };
        static STEPPED_NS: Cell<i64> = const { Cell::new(0) };
    }

    /// From now on the clocks of this thread say what `source` says, nanoseconds; the machine's time again after `None`.
    pub fn set(source: Option<fn() -> i64>) {
        SOURCE.set(source);
        SUSPENDED_NS.set(0);
        STEPPED_NS.set(0);
    }

    /// The machine was suspended for so long: all its clocks but `CLOCK_MONOTONIC` ran on.
    pub fn suspend(for_ns: i64) {
        SUSPENDED_NS.set(SUSPENDED_NS.get() + for_ns);
    }

    /// Somebody sets the wall clock.
    pub fn step_wall(by_ns: i64) {
        STEPPED_NS.set(STEPPED_NS.get() + by_ns);
    }

    pub(super) fn suspended_ns() -> i64 {
        SUSPENDED_NS.get()
    }

    pub(super) fn stepped_ns() -> i64 {
        STEPPED_NS.get()
    }

    pub(super) fn now_ns() -> Option<i64> {
        SOURCE.get().map(|source| source())
    }
}
