use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use agent_sandbox_common::clock::{monotonic_ns, wall_ns};

use crate::config::{Config, Labels};
use crate::load::Counters;
use crate::report::{LiveFigures, LiveRun};
use crate::run::Progress;
use crate::run::environment::environment;

/// What is seen of a run from outside of its load.
pub(super) struct View {
    run_id: String,
    labels: Labels,
    host: String,
    counters: Arc<Counters>,
    /// What the recorder knows of claims that are over.
    ended: Arc<Mutex<Progress>>,
}

impl View {
    pub fn new(config: &Config, counters: Arc<Counters>, ended: Arc<Mutex<Progress>>) -> Self {
        let host = environment().map_or_else(|| "unknown".to_owned(), |environment| environment.host);
        let run_id = config.run_id.clone().unwrap_or_default();
        Self { run_id, labels: config.output.labels.clone(), host, counters, ended }
    }

    /// The run that started at `base_ns`, `CLOCK_MONOTONIC` nanoseconds.
    pub fn run(&self, base_ns: i64) -> LiveRun {
        LiveRun {
            run_id: self.run_id.clone(),
            labels: self.labels.clone(),
            host: self.host.clone(),
            start_ns: wall_ns() - (monotonic_ns() - base_ns),
        }
    }

    pub fn now(&self) -> LiveFigures {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).outcomes;
        ended.ready = count(&counters.ready);
        LiveFigures {
            at_ns: wall_ns(),
            intended: count(&counters.planned),
            sent: count(&counters.sent),
            ended,
            in_flight: count(&counters.in_flight),
            held: count(&counters.held),
            pool_ready: count(&counters.pool_ready),
            pool_wanted: count(&counters.pool_wanted),
            time_to_ready: counters.time_to_ready.bucket_counts(),
            schedule_lag: counters.schedule_lag.bucket_counts(),
        }
    }
}
