use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// What the clock says at its start: nowhere is 0 an instant.
const START_NS: i64 = 1_000_000_000;

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock::Told(START_NS)) };
}

#[derive(Clone, Copy)]
enum Clock {
    /// Follows the paused clock of a runtime that was entered then.
    Since(Instant),
    /// Says what it was told.
    Told(i64),
}

/// Starts this thread's clock. Called within the runtime whose paused clock it follows.
pub fn start_clock() {
    CLOCK.set(Clock::Since(Instant::now()));
}

/// This thread's clock stands still, and goes on by [`advance_clock`] alone.
pub fn stop_clock() {
    CLOCK.set(Clock::Told(now_ns()));
}

/// Puts a clock that stands still forward.
pub fn advance_clock(by: Duration) {
    CLOCK.set(Clock::Told(now_ns() + by.as_nanos() as i64));
}

/// What this thread's clock says, ns.
#[must_use]
pub fn now_ns() -> i64 {
    match CLOCK.get() {
        Clock::Since(start) => START_NS + start.elapsed().as_nanos() as i64,
        Clock::Told(now_ns) => now_ns,
    }
}

/// Sleeps until the clock says `at_ns`, or a little earlier where it stands still.
pub(crate) fn sleep_until(at_ns: i64) -> tokio::time::Sleep {
    tokio::time::sleep(Duration::from_nanos((at_ns - now_ns()).max(0).cast_unsigned()))
}
