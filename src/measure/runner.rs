use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

use super::{InvalidReason, Outcomes, Word};

/// Starts within this many seconds are one, as an intended instant is one with a claim handed over so late.
const COMMON_START_S: f64 = 0.01;

words! {
    /// What became of a runner.
    pub enum RunnerOutcome {
        /// It played its share.
        Done = "done",
        /// Somebody else stopped it before its end.
        Stopped = "stopped",
        /// It stopped answering, or failed.
        Lost = "lost",
    }
}

/// One of several runners; figures of its own share. What a lost one never told is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerSummary {
    /// From 0.
    pub index: u32,
    /// Where it ran; empty where it got no node.
    pub node: String,
    /// What became of it.
    pub outcome: Word<RunnerOutcome>,
    /// Why it is lost.
    pub message: Option<String>,
    /// How the claims ended that it reported.
    pub outcomes: Option<Outcomes>,
    /// As the run's.
    pub achieved_ratio: Option<f64>,
    /// 99th percentile of its schedule lag.
    pub schedule_lag_p99_s: Option<f64>,
    /// Its wall clock minus the coordinator's. Nothing is measured by it.
    pub clock_offset_s: Option<f64>,
    /// How far at most its start was from the common one: half of the shortest round trip.
    pub clock_uncertainty_s: Option<f64>,
    /// How far its monotonic clock went from the coordinator's during the run.
    pub clock_drift_s: Option<f64>,
    /// What that is uncertain by: the round trips before and after.
    pub clock_drift_uncertainty_s: Option<f64>,
    /// CPU of the process during the run.
    pub cpu_s: Option<f64>,
    /// Its peak memory.
    pub max_rss_bytes: Option<u64>,
    /// Connections opened, all purposes.
    pub connections_opened: Option<u64>,
    /// Times a list told what its watch had missed.
    pub watch_relists: Option<u64>,
    /// True where its share alone is a measurement.
    pub valid: bool,
    /// Why it is not.
    pub invalid_reasons: Vec<Word<InvalidReason>>,
}

impl RunnerSummary {
    /// True when it reported all its claims, and their true end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.outcome == RunnerOutcome::Done.into()
    }

    /// What people should know of it; `None` where all went well.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let message = self.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        if !self.is_done() {
            return Some(format!("runner {} was {}{message}", self.index, self.outcome));
        }
        let apart = self.clock_uncertainty_s.filter(|apart| *apart > COMMON_START_S)?;
        let apart = format!("may have started up to {:.0} ms apart from the others", apart * 1e3);
        Some(format!("runner {} {apart}: bursts are spread by that, latencies are not", self.index))
    }
}
