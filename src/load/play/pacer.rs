//! The pacer: a task on the thread of the connections, so that a claim that is due costs one wake.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::timer::Timer;
use super::users::User;
use crate::load::claim::Event;
use crate::load::context::{Context, Message};
use crate::load::plan::Schedule;
use crate::load::request::create;
use crate::measure::NotSentReason;

/// How often a sleeping pacer looks whether the run was stopped.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// How much each sleep changes the expected length of a sleep.
const OVERSLEEP_STEP: Duration = Duration::from_micros(1);

/// Plays a plan: hand each claim over when it is due, whatever the server does.
pub(crate) struct Pacer {
    pub context: Arc<Context>,
    pub timer: Timer,
    pub max_in_flight: u64,
    /// How much longer a sleep lasts than asked, as a rule; it is asked for less by that.
    pub oversleep: Duration,
}

impl Pacer {
    /// Plays every phase, then tells the tracker how many claims were planned.
    pub async fn play(mut self) {
        let context = Arc::clone(&self.context);
        let mut open = context.plan.due.len() as u64;
        let mut planned = open;
        for (at, phase) in context.plan.phases.iter().enumerate() {
            let start = context.phase_lengths.start_ns(at).unwrap_or(phase.start_ns);
            match phase.schedule {
                Schedule::Open { .. } => {
                    let left_out = self.open(phase.indices.clone()).await;
                    (open, planned) = (open - left_out, planned - left_out);
                }
                Schedule::Closed { users, think_ns, length_ns, total } => {
                    let end = length_ns.map_or(i64::MAX, |length| start.saturating_add(length));
                    self.sleep_until(start).await;
                    let user = User {
                        context: Arc::clone(&context),
                        next: Arc::new(AtomicU64::new(planned)),
                        phase: at,
                        think: Duration::from_nanos(think_ns as u64),
                        end,
                        total: total.saturating_add(planned),
                    };
                    planned = self.closed(users, user).await;
                }
            }
            let took = (context.clock.now() - start).max(0);
            let length = phase.schedule.length_ns().filter(|_| !context.knows_enough());
            context.phase_lengths.ended(at, length.unwrap_or(took));
        }
        let _ = context.tracker.send(Message::Paced { planned, open });
    }

    /// Hands over the claims of an open-loop phase; returns how many are not planned, as the run knows enough before.
    async fn open(&mut self, mut indices: Range<usize>) -> u64 {
        while let Some(index) = indices.next() {
            // Claims that are due at once leave the connections their turn now and then.
            consume_budget().await;
            if !self.hand_over(index).await {
                return indices.len() as u64 + 1;
            }
        }
        0
    }

    /// Sends the claim when it is due, or says why not; false if it is no longer planned.
    async fn hand_over(&mut self, at: usize) -> bool {
        // The phases before its own are over, so that it has an instant.
        let (index, due) = (at as u64, self.context.due(at).unwrap_or(self.context.plan.due[at]));
        self.sleep_until(due).await;
        if self.context.knows_enough() {
            return false;
        }
        self.context.counters.planned.fetch_add(1, Ordering::Relaxed);
        let reason = if self.context.stop.is_stopped() {
            NotSentReason::Interrupted
        } else if self.context.has_failed_enough() {
            NotSentReason::StopAfterFailures
        } else if self.context.clock.now() - due > self.context.ready_timeout_ns {
            // Later than a user would wait: sending it would measure nothing.
            NotSentReason::GeneratorLate
        } else if self.context.counters.enter(self.max_in_flight).is_none() {
            NotSentReason::MaxInFlight
        } else {
            create(&self.context, index, due);
            return true;
        };
        self.context.tell(index, Event::NotSent(reason));
        true
    }

    async fn sleep_until(&mut self, due: i64) {
        loop {
            let (left, early) = (self.context.clock.until(due), self.oversleep);
            if left.is_zero() || self.context.is_ending() {
                return;
            }
            let wanted = left.saturating_sub(early).min(STOP_CHECK_INTERVAL);
            if wanted.is_zero() {
                yield_now().await;
                continue;
            }
            let began = Instant::now();
            self.timer.sleep(wanted).await;
            self.oversleep = learned(early, began.elapsed().saturating_sub(wanted));
        }
    }

    /// Lets users claim one after another until their end; returns the first index not taken.
    async fn closed(&self, users: u32, user: User) -> u64 {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..users {
            tasks.spawn(self.context.supervisor.catch("user", user.clone().run()));
        }
        while tasks.join_next().await.is_some() {}
        user.next.load(Ordering::Acquire)
    }
}

/// What a sleep is expected to last too long, after one that lasted `over` too long: it follows the median by steps (Robbins
/// and Monro, 1951). Half of the sleeps end before the instant and wait for it awake, some microseconds.
fn learned(expected: Duration, over: Duration) -> Duration {
    if over > expected {
        (expected + OVERSLEEP_STEP).min(Timer::LONGEST_OVERSLEEP)
    } else {
        expected.saturating_sub(OVERSLEEP_STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_sleeps_end_before_they_are_expected_to() {
        let mut expected = Duration::ZERO;
        let overs = (0..4000_u64).map(|at| Duration::from_micros(40 + at * 33 % 80));
        let early = overs.filter(|over| {
            let is_early = *over <= expected;
            expected = learned(expected, *over);
            is_early
        });
        assert!((1900..2100).contains(&early.count()), "{expected:?}");
        assert!((70..90).contains(&expected.as_micros()), "{expected:?}");
        (0..1000).for_each(|_| expected = learned(expected, Duration::from_secs(1)));
        assert_eq!(expected, Timer::LONGEST_OVERSLEEP);
    }
}
