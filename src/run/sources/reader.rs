use std::fs::File;
use std::io::{self, Write};

use agent_sandbox_common::clock::monotonic_ns;
use futures::future::join_all;
use tokio::sync::oneshot;

use super::ask::Ask;
use crate::measure::{Source, SourceReading, SourceSummary, SourceValue};
use crate::run::beat::Beat;

/// Reads all sources at the same instants, and writes a line for each.
pub(super) struct Reader {
    asks: Vec<Ask>,
    beat: Beat,
    file: File,
    /// Read and not yet written: when, `CLOCK_MONOTONIC` nanoseconds. A line needs the run's start.
    unwritten: Vec<(i64, Source, Vec<SourceValue>)>,
}

impl Reader {
    pub fn new(asks: Vec<Ask>, beat: Beat, file: File) -> Self {
        Self { asks, beat, file, unwritten: Vec::new() }
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
        while self.beat.is_due().await {
            self.read_all().await;
        }
        if self.beat.base_ns().is_some() {
            self.read_all().await;
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
        let Some(base_ns) = self.beat.base_ns() else { return Ok(()) };
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
