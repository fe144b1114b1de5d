use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use agent_sandbox_common::clock::{boottime_ns, monotonic_ns};

use super::apart::sleep;
use super::supervisor::{Supervisor, Thread};

const BEAT: Duration = Duration::from_millis(25);
/// A pulse that fails to come for so long means that this process stalled: stopped, swapped out or starved.
const STALL_NS: i64 = 50_000_000;
/// What came meanwhile is read within this time after it.
const CATCH_UP_NS: i64 = 100_000_000;

/// The two clocks differ by this much only where the machine was suspended.
const SUSPENDED_NS: i64 = 1_000_000;

/// Knows when this process stalled: what it sees right after, it may have missed seeing before. That is all there is where
/// the kernel does not say when bytes arrived. Knows too for how long the machine was suspended: `CLOCK_MONOTONIC` stands
/// still then, the cluster does not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<State>);

#[derive(Debug, Default)]
struct State {
    last: AtomicI64,
    /// `CLOCK_BOOTTIME` minus `CLOCK_MONOTONIC` at the last beat.
    ahead: AtomicI64,
    suspended: AtomicI64,
    doubtful_until: AtomicI64,
    done: AtomicBool,
}

impl Pulse {
    /// Beats on a thread of its own until [`Pulse::stop`].
    pub fn start(&self, supervisor: &Supervisor) -> std::io::Result<Thread<()>> {
        self.0.ahead.store(ahead().unwrap_or_default(), Ordering::Relaxed);
        self.beat(monotonic_ns(), ahead());
        let pulse = self.clone();
        supervisor.apart("pulse", async move {
            while !pulse.0.done.load(Ordering::Relaxed) {
                sleep(BEAT).await;
                pulse.beat(monotonic_ns(), ahead());
            }
        })
    }

    pub fn stop(&self) {
        self.0.done.store(true, Ordering::Relaxed);
    }

    /// Whether what was first seen at this instant of `CLOCK_MONOTONIC` may have happened well before; `late` is how many
    /// ns before at most, where the kernel says.
    pub fn is_doubtful(&self, at: i64, late: Option<i64>) -> bool {
        let stalled = || {
            at - self.0.last.load(Ordering::Acquire) > STALL_NS || at < self.0.doubtful_until.load(Ordering::Acquire)
        };
        late.map_or_else(stalled, |late| late > STALL_NS)
    }

    /// For how long the machine was suspended, ns.
    pub fn suspended_ns(&self) -> i64 {
        self.0.suspended.load(Ordering::Acquire)
    }

    /// `ahead`: of `CLOCK_BOOTTIME`, where it is known.
    fn beat(&self, now: i64, ahead: Option<i64>) {
        let last = self.0.last.load(Ordering::Relaxed);
        if last > 0 && now - last > STALL_NS {
            // Before `last`: whoever looks between the two sees one of them.
            self.0.doubtful_until.store(now + CATCH_UP_NS, Ordering::Release);
        }
        self.0.last.store(now, Ordering::Release);
        let Some(ahead) = ahead else { return };
        let grown = ahead - self.0.ahead.swap(ahead, Ordering::Relaxed);
        if grown > SUSPENDED_NS {
            self.0.suspended.fetch_add(grown, Ordering::Release);
        }
    }
}

/// `CLOCK_BOOTTIME` minus `CLOCK_MONOTONIC`, ns; `None` where the system has no such clock, and where this thread stood still
/// between the two.
fn ahead() -> Option<i64> {
    let before = monotonic_ns();
    let boot = boottime_ns()?;
    (monotonic_ns() - before < SUSPENDED_NS / 2).then_some(boot - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    #[test]
    fn what_is_seen_after_a_stall_is_doubtful() {
        let pulse = Pulse::default();
        pulse.beat(1000 * MS, None);
        pulse.beat(1010 * MS, None);
        assert!(!pulse.is_doubtful(1015 * MS, None));
        assert!(pulse.is_doubtful(1500 * MS, None), "the pulse itself has not come yet");
        pulse.beat(1501 * MS, None);
        assert!(pulse.is_doubtful(1502 * MS, None) && pulse.is_doubtful(1600 * MS, None));
        (151..=161).for_each(|beat| pulse.beat(beat * 10 * MS, None));
        assert!(!pulse.is_doubtful(1612 * MS, None));
    }

    #[test]
    fn what_the_kernel_says_is_better_known() {
        let pulse = Pulse::default();
        pulse.beat(1000 * MS, None);
        assert!(!pulse.is_doubtful(1500 * MS, Some(20 * MS)));
        assert!(pulse.is_doubtful(1001 * MS, Some(51 * MS)));
    }

    #[test]
    fn a_suspended_machine_is_noticed_by_the_clock_that_ran_on() {
        let pulse = Pulse::default();
        pulse.0.ahead.store(5000 * MS, Ordering::Relaxed);
        pulse.beat(1000 * MS, Some(5000 * MS));
        pulse.beat(1010 * MS, Some(5000 * MS + 50_000));
        pulse.beat(1015 * MS, None);
        assert_eq!(pulse.suspended_ns(), 0);
        pulse.beat(1020 * MS, Some(35_000 * MS + 50_000));
        pulse.beat(1030 * MS, Some(35_000 * MS + 50_000));
        assert_eq!(pulse.suspended_ns(), 30_000 * MS);
    }
}
