//! The generator's one clock.

use nix::time::{ClockId, clock_gettime};

/// `CLOCK_MONOTONIC` in nanoseconds; comparable between processes of one machine.
///
/// # Panics
/// Never where the system has a monotonic clock, which every supported one has.
#[must_use]
pub fn monotonic_ns() -> i64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every supported system has CLOCK_MONOTONIC");
    now.tv_sec() * 1_000_000_000 + now.tv_nsec()
}
