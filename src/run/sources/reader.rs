use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use futures::future::join_all;
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::ask::Ask;
use crate::measure::{Source, SourceReading, SourceSummary, SourceValue};

/// What the run has said of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// `CLOCK_MONOTONIC` nanoseconds at its start, once that is set.
    pub base_ns: Option<i64>,
    /// Its load is over.
    pub is_over: bool,
}

/// Reads all sources at the same instants, and writes a line for each.
pub(super) struct Reader {
    asks: Vec<Ask>,
    interval: Duration,
    told: watch::Receiver<Told>,
    file: File,
    /// Read and not yet written: when, `CLOCK_MONOTONIC` nanoseconds. A line needs the run's start.
    unwritten: Vec<(i64, Source, Vec<SourceValue>)>,
}

impl Reader {
    pub fn new(asks: Vec<Ask>, interval: Duration, told: watch::Receiver<Told>, file: File) -> Self {
        Self { asks, interval, told, file, unwritten: Vec::new() }
    }

    /// Reads before, during and after the load. `first` ends with the first reading.
    pub fn run(mut self, first: oneshot::Sender<()>) -> Vec<SourceSummary> {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(self.read(first)),
            Err(error) => self.give_up(&format!("no runtime: {error}")),
        }
        self.asks.into_iter().map(Ask::end).collect()
    }

    async fn read(&mut self, first: oneshot::Sender<()>) {
        self.read_all().await;
        // Nobody may wait for it any longer.
        let _ = first.send(());
        while self.is_due().await {
            self.read_all().await;
        }
        if self.told.borrow().base_ns.is_some() {
            self.read_all().await;
        }
    }

    /// Waits for the next instant; false once the load is over, or given up.
    async fn is_due(&mut self) -> bool {
        loop {
            let Told { base_ns, is_over } = *self.told.borrow_and_update();
            if is_over {
                return false;
            }
            let due_ns = base_ns.map(|base_ns| next_ns(base_ns, monotonic_ns(), self.interval));
            tokio::select! {
                changed = self.told.changed() => if changed.is_err() { return false },
                () = sleep_until(due_ns) => return true,
            }
        }
    }

    async fn read_all(&mut self) {
        let at_ns = monotonic_ns();
        let read = join_all(self.asks.iter_mut().map(Ask::read)).await;
        let sources = self.asks.iter().map(Ask::source);
        let found = sources.zip(read).filter_map(|(source, values)| Some((at_ns, source, values?)));
        self.unwritten.extend(found);
        if let Err(error) = self.write() {
            self.give_up(&format!("metrics.jsonl cannot be written: {error}"));
        }
    }

    /// Writes whole lines, so that they outlive this process.
    fn write(&mut self) -> io::Result<()> {
        let Some(base_ns) = self.told.borrow().base_ns else { return Ok(()) };
        let mut text = Vec::new();
        for (at_ns, source, values) in self.unwritten.drain(..) {
            let t_s = (at_ns - base_ns) as f64 / 1e9;
            serde_json::to_writer(&mut text, &SourceReading { source, t_s, values })?;
            text.push(b'\n');
        }
        self.file.write_all(&text)
    }

    fn give_up(&mut self, reason: &str) {
        self.asks.iter_mut().for_each(|ask| ask.give_up(reason));
    }
}

/// The next multiple of the interval since the start.
fn next_ns(base_ns: i64, now_ns: i64, interval: Duration) -> i64 {
    let interval_ns = interval.as_nanos() as i64;
    base_ns + ((now_ns - base_ns).max(0) / interval_ns + 1) * interval_ns
}

/// Without an instant it never ends.
async fn sleep_until(instant_ns: Option<i64>) {
    match instant_ns {
        Some(at_ns) => sleep(Duration::from_nanos((at_ns - monotonic_ns()).max(0).cast_unsigned())).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_at_multiples_of_the_interval_since_the_start() {
        let next = |now_ns| next_ns(100, now_ns, Duration::from_nanos(50));
        assert_eq!([next(0), next(100), next(149)], [150; 3], "none before the first interval is over");
        assert_eq!(next(150), 200);
        assert_eq!(next(1234), 1250, "what was missed meanwhile is left out");
    }
}
