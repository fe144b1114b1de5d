//! Metrics of the controller, the API server, this process and this machine, read beside a run. A thread, a runtime and
//! connections of their own read them, so that nothing that is measured waits.

mod ask;
mod kubelets;
mod listening;
mod local;
mod place;
mod reader;
mod runsc;

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use self::ask::Ask;
use self::reader::Reader;
use super::beat::{Beat, Told};
use super::pods::KnownPods;
use super::{Opened, RunError};
use crate::config::{self, Config};
use crate::load::{Supervisor, Thread};
use crate::measure::{Source, SourceSummary};
use crate::report::{METRICS, RunFolder};

/// How long a run waits for the reading before it, at most.
const FIRST_TIMEOUT: Duration = Duration::from_secs(2);

/// The sources of a run; those that read them end when this is dropped.
pub(super) struct Sources(Option<Reading>);

struct Reading {
    told: watch::Sender<Told>,
    first: oneshot::Receiver<()>,
    thread: Thread<Vec<SourceSummary>>,
}

impl Sources {
    /// Begins with the reading before the run.
    ///
    /// # Errors
    /// [`RunError`] where the folder or the system refuses a file or a thread.
    pub fn start(
        supervisor: &Supervisor,
        config: &Config,
        opened: &Opened,
        pods: &KnownPods,
        folder: &RunFolder,
    ) -> Result<Self, RunError> {
        let config::Sources::Every(interval) = config.output.sources else { return Ok(Self(None)) };
        let (told, tell) = watch::channel(Told::default());
        let (is_first, first) = oneshot::channel();
        let asks = Source::ALL.iter().filter_map(|source| Ask::of(*source, config, opened, pods)).collect();
        let reader = Reader::new(asks, Beat::new(interval.std(), tell), folder.begin(METRICS)?);
        let thread = supervisor.thread("sources", move || reader.run(is_first))?;
        Ok(Self(Some(Reading { told, first, thread })))
    }

    /// Waits for the reading before the run, but not for long.
    pub async fn read_once(&mut self) {
        if let Some(reading) = &mut self.0 {
            let _ = timeout(FIRST_TIMEOUT, &mut reading.first).await;
        }
    }

    /// The run starts at `base_ns`, `CLOCK_MONOTONIC` nanoseconds.
    pub fn start_at(&self, base_ns: i64) {
        if let Some(reading) = &self.0 {
            reading.told.send_modify(|told| told.base_ns = Some(base_ns));
        }
    }

    /// The load is over: reads them once more, and says what became of each.
    pub async fn end(self) -> Vec<SourceSummary> {
        let Some(reading) = self.0 else { return Vec::new() };
        reading.told.send_modify(|told| told.is_over = true);
        reading.thread.join().await.unwrap_or_default()
    }
}
