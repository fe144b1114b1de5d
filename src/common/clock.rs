//! The clocks of this machine.

use nix::time::{ClockId, clock_gettime};

/// `CLOCK_MONOTONIC` in nanoseconds; comparable between processes of one machine.
///
/// # Panics
/// Never where the system has a monotonic clock, which every supported one has.
#[must_use]
pub fn monotonic_ns() -> i64 {
    nanoseconds(ClockId::CLOCK_MONOTONIC).expect("every supported system has CLOCK_MONOTONIC")
}

/// `CLOCK_BOOTTIME` in nanoseconds: as [`monotonic_ns`], but it runs on while the machine is suspended. `None` where the
/// system has none.
#[must_use]
pub fn boottime_ns() -> Option<i64> {
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
    nanoseconds(ClockId::CLOCK_REALTIME).expect("every supported system has CLOCK_REALTIME")
}

fn nanoseconds(clock: ClockId) -> Option<i64> {
    let now = clock_gettime(clock).ok()?;
    Some(now.tv_sec() * 1_000_000_000 + now.tv_nsec())
}
