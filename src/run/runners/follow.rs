use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::sleep;

use super::channel::Channel;
use super::deployment::{Deployment, POLL_INTERVAL, RunnerPod};
use super::live_counts::LiveCounts;
use super::offset::Offset;
use super::protocol::{Orders, RunnerResult, SILENCE, Stage, Start};
use crate::config::Share;
use crate::load::{Records, Supervisor};
use crate::measure::{ClaimRecord, End, Outcome};

/// A runner whose pod still runs is given up after so long: by then it has long stopped by itself.
const GIVE_UP_AFTER: Duration = Duration::from_secs(40);
const POLL_EVERY: Duration = Duration::from_millis(100);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Round trips by which clocks are compared; the shortest counts.
const ROUND_TRIPS: usize = 8;
/// An answer of this size was cut: more waits.
const FULL_ANSWER: usize = 1 << 19;

/// Follows one runner from its first orders to its end.
pub(super) struct Follower {
    pub pod: RunnerPod,
    pub share: Share,
    pub channel: Channel,
    pub deployment: Arc<Deployment>,
    pub live_counts: Arc<LiveCounts>,
    pub records: Records,
    pub supervisor: Supervisor,
}

/// What became of a runner.
pub(super) struct Followed {
    pub pod: RunnerPod,
    pub share: Share,
    /// How its clocks stood before the start.
    pub offset: Option<Offset>,
    /// How its clocks stood at its end.
    pub offset_after: Option<Offset>,
    /// Claims it reported, by their place in its share.
    pub told: HashSet<u64>,
    /// It was stopped, and not by us.
    pub stopped: bool,
    pub end: Result<Box<RunnerResult>, Loss>,
}

/// Why a runner has no result.
pub(super) struct Loss {
    pub why: String,
    /// Until when it may have sent claims, by our monotonic clock; `None` where it never started.
    pub sent_until_ns: Option<i64>,
}

/// One runner's state while it is followed.
struct Track {
    by: Follower,
    from: u64,
    heard_ns: i64,
    offset: Option<Offset>,
    offset_after: Option<Offset>,
    told: HashSet<u64>,
    stopped: bool,
    started: bool,
}

impl Follower {
    /// `prepared` gets a message once all is set; `start` says when the run begins, by our monotonic clock.
    pub async fn follow(
        self,
        orders: Orders,
        start: watch::Receiver<Option<i64>>,
        prepared: UnboundedSender<u32>,
    ) -> Followed {
        let mut track = Track {
            by: self,
            from: 0,
            heard_ns: monotonic_ns(),
            offset: None,
            offset_after: None,
            told: HashSet::new(),
            stopped: false,
            started: false,
        };
        let supervisor = track.by.supervisor.clone();
        let end = supervisor.catch("follower", track.run(&orders, start, &prepared)).await;
        let end = end.unwrap_or_else(|| Err("the task that follows it panicked".into()));
        let end = end.map_err(|why| Loss { why, sent_until_ns: track.sent_until() });
        Followed {
            pod: track.by.pod,
            share: track.by.share,
            offset: track.offset,
            offset_after: track.offset_after,
            told: track.told,
            stopped: track.stopped,
            end,
        }
    }
}

impl Track {
    async fn run(
        &mut self,
        orders: &Orders,
        start: watch::Receiver<Option<i64>>,
        prepared: &UnboundedSender<u32>,
    ) -> Result<Box<RunnerResult>, String> {
        self.tell_until_heard("/orders", orders).await?;
        self.until_prepared(&start).await?;
        self.compare(ROUND_TRIPS).await?;
        let _ = prepared.send(self.by.pod.index);
        let base = self.until_start(start).await?;
        let offset = self.offset.map_or(0, |offset| offset.monotonic_ns);
        self.started = true;
        self.tell_until_heard("/start", &Start { at_ns: base + offset }).await?;
        let result = self.pull().await?;
        self.compare_and_dismiss().await;
        Ok(result)
    }

    /// Tells the runner something until it has heard it.
    async fn tell_until_heard(&mut self, path: &str, what: &impl serde::Serialize) -> Result<(), String> {
        loop {
            match self.by.channel.tell(path, what).await {
                Ok(()) => {
                    self.mark_heard();
                    return Ok(());
                }
                Err(error) => self.pause_or_give_up(error).await?,
            }
        }
    }

    async fn until_prepared(&mut self, start: &watch::Receiver<Option<i64>>) -> Result<(), String> {
        loop {
            if start.borrow().is_some() {
                return Err("it was not ready in time".into());
            }
            match self.by.channel.poll(0, false).await {
                Ok((status, _)) => {
                    self.mark_heard();
                    match status.stage {
                        Stage::Prepared => return Ok(()),
                        Stage::Failed => return Err(status.message.unwrap_or_default()),
                        _ => sleep(POLL_INTERVAL).await,
                    }
                }
                Err(error) => self.pause_or_give_up(error).await?,
            }
        }
    }

    /// Compares clocks while the others get ready, which also shows the runner that we are there.
    async fn until_start(&mut self, mut start: watch::Receiver<Option<i64>>) -> Result<i64, String> {
        loop {
            tokio::select! {
                started = start.wait_for(Option::is_some) => {
                    return started.ok().and_then(|base| *base).ok_or_else(|| "the run was given up".to_owned());
                }
                () = sleep(HEARTBEAT) => {}
            }
            self.compare(1).await?;
        }
    }

    async fn compare(&mut self, times: usize) -> Result<(), String> {
        for _ in 0..times {
            match self.by.channel.compare().await {
                Ok(offset) => {
                    self.mark_heard();
                    self.offset = Some(offset.or_better(self.offset));
                }
                Err(error) => self.pause_or_give_up(error).await?,
            }
        }
        Ok(())
    }

    async fn pull(&mut self) -> Result<Box<RunnerResult>, String> {
        loop {
            let stop = self.by.supervisor.stop().is_stopped();
            match self.by.channel.poll(self.from, stop).await {
                Ok((status, lines)) => {
                    self.mark_heard();
                    self.by.live_counts.count(self.by.pod.index, status.counts);
                    self.take(&lines).await?;
                    if status.stage == Stage::Failed {
                        return Err(status.message.unwrap_or_default());
                    }
                    if let Some(result) = status.result {
                        return Ok(result);
                    }
                    if lines.len() < FULL_ANSWER {
                        sleep(POLL_EVERY).await;
                    }
                }
                Err(error) => self.pause_or_give_up(error).await?,
            }
        }
    }

    async fn take(&mut self, lines: &[u8]) -> Result<(), String> {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let record = serde_json::from_slice::<ClaimRecord>(line);
            let mut record = record.map_err(|error| format!("it sent a claim that cannot be read: {error}"))?;
            self.from += line.len() as u64;
            // It was stopped by its node, or believed us lost.
            if record.end.is_interrupted() && !self.by.supervisor.stop().is_stopped() {
                self.stopped = true;
                record.end = End::runner_lost(record.outcome() != Outcome::NotSent);
            }
            self.told.extend(self.by.share.nth(record.index));
            self.by.live_counts.ended(&record);
            self.by.records.send(record).await;
        }
        Ok(())
    }

    /// Compares clocks once more and lets the runner go; nothing depends on either.
    async fn compare_and_dismiss(&mut self) {
        for _ in 0..ROUND_TRIPS {
            if let Ok(offset) = self.by.channel.compare().await {
                self.offset_after = Some(offset.or_better(self.offset_after));
            }
        }
        let _ = self.by.channel.tell("/dismiss", &()).await;
    }

    /// After a failure: an error where the runner is lost, else a pause.
    async fn pause_or_give_up(&mut self, error: String) -> Result<(), String> {
        if let Ok(Some(how)) = self.by.deployment.is_over(&self.by.pod.name).await {
            return Err(how);
        }
        if monotonic_ns() - self.heard_ns > GIVE_UP_AFTER.as_nanos() as i64 {
            return Err(format!("nothing heard for {} s: {error}", GIVE_UP_AFTER.as_secs()));
        }
        sleep(POLL_INTERVAL).await;
        Ok(())
    }

    fn mark_heard(&mut self) {
        self.heard_ns = monotonic_ns();
    }

    /// It has ended by now, and stopped by itself when it had heard nothing for long.
    fn sent_until(&self) -> Option<i64> {
        let limit = self.heard_ns + SILENCE.as_nanos() as i64;
        let doubt = self.offset.map_or(0, |offset| offset.uncertainty_ns);
        self.started.then(|| monotonic_ns().min(limit) + doubt)
    }
}
