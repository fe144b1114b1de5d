use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::live::Live;
use super::{OnProgress, Progress};
use crate::load::{Counters, Supervisor, Thread};

const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Reports progress from a thread of its own.
pub(super) struct Ticker {
    done: Arc<AtomicBool>,
    thread: Option<Thread<()>>,
}

impl Ticker {
    /// `ended`: what the recorder knows of claims that are over.
    pub fn start(
        supervisor: &Supervisor,
        tell: Option<OnProgress>,
        ended: Arc<Mutex<Progress>>,
        mut live: Live,
        counters: Arc<Counters>,
    ) -> std::io::Result<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let Some(tell) = tell else { return Ok(Self { done, thread: None }) };
        let is_over = Arc::clone(&done);
        let began = Instant::now();
        let tick = move || {
            let (mut last, mut ended_s) = (false, None);
            while !last {
                thread::park_timeout(PROGRESS_EVERY);
                last = is_over.load(Ordering::Acquire);
                let mut progress = ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
                progress.elapsed_s = began.elapsed().as_secs_f64();
                if counters.knows_enough.load(Ordering::Relaxed) {
                    progress.duration_s = Some(*ended_s.get_or_insert(progress.elapsed_s));
                    progress.may_end_before = false;
                }
                live.update(&mut progress);
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
