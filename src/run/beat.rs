//! When what stands beside a load does something: at instants since the run's start, until the load is over.

use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use tokio::sync::watch;
use tokio::time::sleep;

/// What the run has said of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// `CLOCK_MONOTONIC` nanoseconds at its start, once that is set.
    pub base_ns: Option<i64>,
    /// Its load is over.
    pub is_over: bool,
}

/// The instants of one that does something again and again.
#[derive(Clone)]
pub(super) struct Beat {
    interval: Duration,
    told: watch::Receiver<Told>,
}

impl Beat {
    pub fn new(interval: Duration, told: watch::Receiver<Told>) -> Self {
        Self { interval, told }
    }

    /// The run's start, where it has said when that is.
    pub fn base_ns(&self) -> Option<i64> {
        self.told.borrow().base_ns
    }

    /// Waits for the run's start; false where it is given up before.
    pub async fn has_started(&mut self) -> bool {
        loop {
            let Told { base_ns, is_over } = *self.told.borrow_and_update();
            if base_ns.is_some() {
                sleep_until(base_ns).await;
                return true;
            }
            if is_over || self.told.changed().await.is_err() {
                return false;
            }
        }
    }

    /// Waits for the next instant; false once the load is over, or given up.
    pub async fn is_due(&mut self) -> bool {
        loop {
            let Told { base_ns, is_over } = *self.told.borrow_and_update();
            if is_over {
                return false;
            }
            let due_ns = base_ns.map(|base_ns| next_ns(base_ns, monotonic_ns(), self.interval));
            tokio::select! {
                changed = self.told.changed() => if changed.is_err() { return false },
                () = sleep_until(due_ns) => return true,
            }
        }
    }

    /// Waits until the load is over, or given up.
    pub async fn over(&mut self) {
        // Given up: nobody is left who could say it.
        let _ = self.told.wait_for(|told| told.is_over).await;
    }
}

/// The next multiple of the interval since the start.
fn next_ns(base_ns: i64, now_ns: i64, interval: Duration) -> i64 {
    let interval_ns = interval.as_nanos() as i64;
    base_ns + ((now_ns - base_ns).max(0) / interval_ns + 1) * interval_ns
}

/// Without an instant it never ends.
async fn sleep_until(instant_ns: Option<i64>) {
    match instant_ns {
        Some(at_ns) => sleep(Duration::from_nanos((at_ns - monotonic_ns()).max(0).cast_unsigned())).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_at_multiples_of_the_interval_since_the_start() {
        let next = |now_ns| next_ns(100, now_ns, Duration::from_nanos(50));
        assert_eq!([next(0), next(100), next(149)], [150; 3], "none before the first interval is over");
        assert_eq!(next(150), 200);
        assert_eq!(next(1234), 1250, "what was missed meanwhile is left out");
    }
}
