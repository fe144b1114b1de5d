use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{OnProgress, Progress};
use crate::load::{Counters, Supervisor, Thread};

const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Tells of progress from a thread of its own.
pub(super) struct Ticker {
    done: Arc<AtomicBool>,
    thread: Option<Thread<()>>,
}

impl Ticker {
    pub fn start(
        supervisor: &Supervisor,
        tell: Option<OnProgress>,
        live: Arc<Mutex<Progress>>,
        counters: Arc<Counters>,
    ) -> std::io::Result<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let Some(tell) = tell else { return Ok(Self { done, thread: None }) };
        let ended = Arc::clone(&done);
        let began = Instant::now();
        let tick = move || {
            let (mut last, mut ended_s) = (false, None);
            while !last {
                thread::park_timeout(PROGRESS_EVERY);
                last = ended.load(Ordering::Acquire);
                let mut progress = live.lock().unwrap_or_else(PoisonError::into_inner).clone();
                progress.elapsed_s = began.elapsed().as_secs_f64();
                if counters.knows_enough.load(Ordering::Relaxed) {
                    progress.duration_s = Some(*ended_s.get_or_insert(progress.elapsed_s));
                    progress.may_end_before = false;
                }
                progress.planned = counters.planned.load(Ordering::Relaxed);
                progress.sent = counters.sent.load(Ordering::Relaxed);
                progress.in_flight = counters.in_flight.load(Ordering::Relaxed);
                progress.pool_ready = counters.pool_ready.load(Ordering::Relaxed);
                progress.pool_wanted = counters.pool_wanted.load(Ordering::Relaxed);
                tell(&progress);
            }
        };
        Ok(Self { done, thread: Some(supervisor.thread("progress", tick)?) })
    }

    pub async fn end(self) {
        self.done.store(true, Ordering::Release);
        if let Some(thread) = self.thread {
            thread.unpark();
            thread.join().await;
        }
    }
}
