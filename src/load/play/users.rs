use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::load::context::{Context, Message};
use crate::load::request::create;

/// One user of a closed loop.
#[derive(Clone)]
pub(crate) struct User {
    pub context: Arc<Context>,
    /// The next index, shared by all users.
    pub next: Arc<AtomicU64>,
    pub phase: usize,
    pub think: Duration,
    pub end: i64,
    pub total: u64,
}

impl User {
    /// Claims until the end of the phase, its total, or the run's end.
    pub async fn run(self) {
        let stop = self.context.stop.clone();
        while !self.context.is_ending() && self.context.clock.now() < self.end {
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
        let intended = self.context.clock.now();
        let (released, done) = oneshot::channel();
        let _ = self.context.tracker.send(Message::Started { index, phase: self.phase, intended, released });
        self.context.counters.planned.fetch_add(1, Ordering::Relaxed);
        // A closed loop cannot exceed a limit by itself: users are as many as were asked for.
        let _ = self.context.counters.enter(u64::MAX);
        create(&self.context, index, intended);
        let _ = done.await;
    }
}
