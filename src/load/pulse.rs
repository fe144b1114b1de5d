use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;

use super::supervisor::{Supervisor, Thread};

const BEAT: Duration = Duration::from_millis(10);
/// A pulse that fails to come for so long means that this process stalled: stopped, swapped out or starved.
const STALL_NS: i64 = 50_000_000;
/// What came meanwhile is read within this time after it.
const CATCH_UP_NS: i64 = 100_000_000;

/// Knows when this process stalled: what it sees right after, it may have missed seeing before. Lateness of the
/// schedule tells of a stall only where a claim was due in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<State>);

#[derive(Debug, Default)]
struct State {
    last: AtomicI64,
    doubtful_until: AtomicI64,
    done: AtomicBool,
}

impl Pulse {
    /// Beats on a thread of its own until [`Pulse::stop`].
    pub fn start(&self, supervisor: &Supervisor) -> std::io::Result<Thread<()>> {
        self.beat(monotonic_ns());
        let pulse = self.clone();
        supervisor.thread("pulse", move || {
            while !pulse.0.done.load(Ordering::Relaxed) {
                thread::sleep(BEAT);
                pulse.beat(monotonic_ns());
            }
        })
    }

    pub fn stop(&self) {
        self.0.done.store(true, Ordering::Relaxed);
    }

    /// Whether what was first seen at this instant of `CLOCK_MONOTONIC` may have happened well before.
    pub fn is_doubtful(&self, at: i64) -> bool {
        at - self.0.last.load(Ordering::Acquire) > STALL_NS || at < self.0.doubtful_until.load(Ordering::Acquire)
    }

    fn beat(&self, now: i64) {
        let last = self.0.last.load(Ordering::Relaxed);
        if last > 0 && now - last > STALL_NS {
            // Before `last`: whoever looks between the two sees one of them.
            self.0.doubtful_until.store(now + CATCH_UP_NS, Ordering::Release);
        }
        self.0.last.store(now, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_after_a_stall_is_doubtful() {
        let pulse = Pulse::default();
        let ms = 1_000_000;
        pulse.beat(1000 * ms);
        pulse.beat(1010 * ms);
        assert!(!pulse.is_doubtful(1015 * ms));
        assert!(pulse.is_doubtful(1500 * ms), "the pulse itself has not come yet");
        pulse.beat(1501 * ms);
        assert!(pulse.is_doubtful(1502 * ms) && pulse.is_doubtful(1600 * ms));
        (151..=161).for_each(|beat| pulse.beat(beat * 10 * ms));
        assert!(!pulse.is_doubtful(1612 * ms));
    }
}
