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

/// Lets this thread's sleeps end when they are due. Linux lets them end 50 us later, so as to wake less often: `prctl(2)`,
/// `PR_SET_TIMERSLACK`. Elsewhere, and where it is refused, they stay as they are.
pub fn wake_on_time() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_timerslack(1);
}
