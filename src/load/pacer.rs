//! The pacer: an OS thread, since tokio's timers round up to the next millisecond.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Schedule;
use super::claim::Event;
use super::create::create;
use super::hands::{Hands, Message};
use crate::measure::STOP_AFTER_FAILURES;

/// How often a sleeping pacer looks whether the run was stopped.
const GLANCE: Duration = Duration::from_millis(20);

/// Plays a plan: hands each claim over when it is due, whatever the server does.
pub(super) struct Pacer {
    pub hands: Arc<Hands>,
    pub runtime: Handle,
    pub max_in_flight: u64,
}

impl Pacer {
    /// Plays every phase, then tells the tracker how many claims were planned.
    pub fn play(&self) {
        let hands = &self.hands;
        let open = hands.plan.due.len() as u64;
        let mut planned = open;
        for (at, phase) in hands.plan.phases.iter().enumerate() {
            match phase.schedule {
                Schedule::Open { .. } => phase.indices.clone().for_each(|index| self.hand_over(index)),
                Schedule::Closed { users, think_ns, length_ns, total } => {
                    let end = phase.start_ns.saturating_add(length_ns);
                    self.sleep_until(phase.start_ns);
                    let user = User {
                        hands: Arc::clone(hands),
                        next: Arc::new(AtomicU64::new(planned)),
                        phase: at,
                        think: Duration::from_nanos(think_ns as u64),
                        end,
                        total: total.saturating_add(planned),
                    };
                    planned = self.runtime.block_on(self.closed(users, user));
                }
            }
        }
        let _ = hands.tell.send(Message::Paced { planned });
    }

    fn hand_over(&self, at: usize) {
        let (index, due) = (at as u64, self.hands.plan.due[at]);
        self.sleep_until(due);
        self.hands.counters.planned.fetch_add(1, Ordering::Relaxed);
        let reason = if self.hands.stop.is_stopped() {
            "interrupted"
        } else if self.hands.has_failed_enough() {
            STOP_AFTER_FAILURES
        } else if self.hands.clock.now() - due > self.hands.ready_timeout_ns {
            // Later than a user would wait: sending it would measure nothing.
            "generator_late"
        } else if self.hands.counters.enter(self.max_in_flight).is_none() {
            "max_in_flight"
        } else {
            self.runtime.spawn(create(Arc::clone(&self.hands), index, due));
            return;
        };
        self.hands.say(index, Event::NotSent(reason));
    }

    fn sleep_until(&self, due: i64) {
        loop {
            let left = self.hands.clock.until(due);
            if left.is_zero() || self.hands.stop.is_stopped() || self.hands.has_failed_enough() {
                return;
            }
            thread::sleep(left.min(GLANCE));
        }
    }

    /// Lets users claim one after another until their end; returns the first index not taken.
    async fn closed(&self, users: u32, user: User) -> u64 {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..users {
            tasks.spawn_on(user.clone().run(), &self.runtime);
        }
        while tasks.join_next().await.is_some() {}
        user.next.load(Ordering::Acquire)
    }
}

/// One user of a closed loop.
#[derive(Clone)]
struct User {
    hands: Arc<Hands>,
    /// The next index, shared by all users.
    next: Arc<AtomicU64>,
    phase: usize,
    think: Duration,
    end: i64,
    total: u64,
}

impl User {
    async fn run(self) {
        let stop = self.hands.stop.clone();
        while !stop.is_stopped() && !self.hands.has_failed_enough() && self.hands.clock.now() < self.end {
            let take = |next| (next < self.total).then_some(next + 1);
            let Ok(index) = self.next.fetch_update(Ordering::AcqRel, Ordering::Acquire, take) else { return };
            let pause = async {
                self.claim(index).await;
                tokio::time::sleep(self.think).await;
            };
            tokio::select! {
                () = pause => {}
                () = stop.stopped() => return,
            }
        }
    }

    /// Claims, and waits until the claim's release is answered.
    async fn claim(&self, index: u64) {
        let intended = self.hands.clock.now();
        let (released, done) = oneshot::channel();
        let _ = self.hands.tell.send(Message::Started { index, phase: self.phase, intended, released });
        self.hands.counters.planned.fetch_add(1, Ordering::Relaxed);
        // A closed loop cannot exceed a limit by itself: users are as many as were asked for.
        let _ = self.hands.counters.enter(u64::MAX);
        tokio::spawn(create(Arc::clone(&self.hands), index, intended));
        let _ = done.await;
    }
}
