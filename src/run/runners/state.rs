use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::journal::Journal;
use super::protocol::{Clocks, Counts, Orders, RunnerResult, RunnerStatus, SILENCE, Stage};
use crate::load::{Counters, Stop};

/// How long a runner waits for orders.
const IDLE: Duration = Duration::from_secs(300);

/// What a runner's two threads share: the one that plays the load, and the one that talks to the coordinator.
pub(super) struct RunnerState {
    pub stop: Stop,
    inbox: Mutex<Option<oneshot::Sender<Orders>>>,
    orders: Mutex<Option<oneshot::Receiver<Orders>>>,
    start: watch::Sender<Option<i64>>,
    dismissed: watch::Sender<bool>,
    /// Whether there were orders; from then on silence means that the coordinator is lost.
    engaged: AtomicBool,
    heard_ns: AtomicI64,
    state: Mutex<Inner>,
}

struct Inner {
    stage: Stage,
    message: Option<String>,
    counters: Arc<Counters>,
    journal: Journal,
    result: Option<Box<RunnerResult>>,
}

impl RunnerState {
    pub fn new(stop: Stop) -> Self {
        let (inbox, orders) = oneshot::channel();
        let state = Inner {
            stage: Stage::Waiting,
            message: None,
            counters: Arc::default(),
            journal: Journal::default(),
            result: None,
        };
        Self {
            stop,
            inbox: Mutex::new(Some(inbox)),
            orders: Mutex::new(Some(orders)),
            start: watch::Sender::new(None),
            dismissed: watch::Sender::new(false),
            engaged: AtomicBool::new(false),
            heard_ns: AtomicI64::new(monotonic_ns()),
            state: Mutex::new(state),
        }
    }

    /// Waits for orders; `None` if there are none in time.
    pub async fn orders(&self) -> Option<Orders> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        tokio::select! {
            orders = orders => orders.ok(),
            () = self.stop.stopped() => None,
            () = sleep(IDLE) => None,
        }
    }

    /// Waits for the common start; says now where the runner is stopped before.
    pub async fn wait_for_start(&self) -> i64 {
        self.enter(Stage::Prepared);
        let mut start = self.start.subscribe();
        let at = tokio::select! {
            at = start.wait_for(Option::is_some) => at.ok().and_then(|at| *at),
            () = self.stop.stopped() => None,
        };
        self.enter(Stage::Playing);
        at.unwrap_or_else(monotonic_ns)
    }

    /// Waits until the coordinator has taken everything, or is lost; true where it has.
    pub async fn dismissed(&self) -> bool {
        let mut dismissed = self.dismissed.subscribe();
        tokio::select! {
            _ = dismissed.wait_for(|dismissed| *dismissed) => true,
            () = self.silence() => false,
        }
    }

    /// Waits until nothing was heard for [`SILENCE`], once there were orders.
    pub async fn silence(&self) {
        loop {
            let heard = self.heard_ns.load(Ordering::Acquire);
            let limit = if self.engaged.load(Ordering::Acquire) { SILENCE } else { IDLE };
            let silent = Duration::from_nanos((monotonic_ns() - heard).max(0).cast_unsigned());
            if silent >= limit {
                return;
            }
            sleep(limit.saturating_sub(silent)).await;
        }
    }

    pub fn enter(&self, stage: Stage) {
        self.lock().stage = stage;
    }

    pub fn fail(&self, message: String) {
        let mut state = self.lock();
        (state.stage, state.message) = (Stage::Failed, Some(message));
    }

    pub fn count_with(&self, counters: &Arc<Counters>) {
        self.lock().counters = Arc::clone(counters);
    }

    pub fn append(&self, lines: &[u8]) {
        self.lock().journal.append(lines);
    }

    pub fn end(&self, result: RunnerResult) {
        let mut state = self.lock();
        (state.stage, state.result) = (Stage::Done, Some(Box::new(result)));
    }

    /// The coordinator spoke.
    pub fn mark_heard(&self) {
        self.heard_ns.store(monotonic_ns(), Ordering::Release);
    }

    /// Takes orders. The same come again where the answer to the first was lost.
    pub fn take(&self, orders: Orders) {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        let taken = inbox.is_some_and(|inbox| inbox.send(orders).is_ok());
        self.engaged.fetch_or(taken, Ordering::AcqRel);
    }

    pub fn start_at(&self, at_ns: i64) {
        self.start.send_replace(Some(at_ns));
    }

    pub fn dismiss(&self) {
        self.dismissed.send_replace(true);
    }

    /// The progress, and the claims from `offset` on.
    pub fn tell(&self, offset: u64) -> Result<Vec<u8>, serde_json::Error> {
        let load = |value: &std::sync::atomic::AtomicU64| value.load(Ordering::Relaxed);
        let mut state = self.lock();
        let lines = state.journal.from(offset).to_vec();
        let counters = &state.counters;
        let counts = Counts {
            planned: load(&counters.planned),
            sent: load(&counters.sent),
            in_flight: load(&counters.in_flight),
            held: load(&counters.held),
            pool_ready: load(&counters.pool_ready),
            pool_wanted: load(&counters.pool_wanted),
        };
        let status = RunnerStatus {
            stage: state.stage,
            message: state.message.clone(),
            counts,
            result: state.result.clone().filter(|_| state.journal.is_empty()),
        };
        let mut answer = serde_json::to_vec(&status)?;
        answer.push(b'\n');
        answer.extend_from_slice(&lines);
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What our own clocks show.
pub(super) fn clocks() -> Clocks {
    Clocks { monotonic_ns: monotonic_ns(), wall_ns: Timestamp::now().as_nanosecond() as i64 }
}
