use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// What the clock says at its start: nowhere is 0 an instant.
const START_NS: i64 = 1_000_000_000;

thread_local! {
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Starts this thread's clock. Called within the runtime whose paused clock it follows.
pub fn start_clock() {
    START.set(Some(Instant::now()));
}

/// What this thread's clock says, ns.
#[must_use]
pub fn now_ns() -> i64 {
    START.get().map_or(START_NS, |start| START_NS + nanoseconds(start.elapsed()))
}

/// Sleeps until the clock says `at_ns`.
pub(crate) fn sleep_until(at_ns: i64) -> tokio::time::Sleep {
    tokio::time::sleep(Duration::from_nanos((at_ns - now_ns()).max(0).cast_unsigned()))
}

/// Nanoseconds, 292 years at most.
pub(crate) fn nanoseconds(time: Duration) -> i64 {
    time.as_nanos() as i64
}
