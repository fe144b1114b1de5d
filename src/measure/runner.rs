use serde::{Deserialize, Serialize};

use super::Outcomes;

/// One of several runners; figures of its own share. What a lost one never told is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerSummary {
    /// From 0.
    pub index: u32,
    /// Where it ran; empty where it got no node.
    pub node: String,
    /// `done`, `stopped` (before its end, by somebody else) or `lost`.
    pub outcome: String,
    /// Why it is lost.
    pub message: Option<String>,
    /// How the claims ended that it told of.
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
    pub invalid_reasons: Vec<String>,
}

impl RunnerSummary {
    /// What people should know of it; `None` where all went well.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let message = self.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        (self.outcome != "done").then(|| format!("runner {} was {}{message}", self.index, self.outcome))
    }
}
