use std::path::PathBuf;

use serde::Serialize;

use crate::config::Labels;
use crate::measure::Ends;

/// `history.json`: one figure of many runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryReport {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// Version of this tool.
    pub tool_version: String,
    /// The figure, such as `time_to_ready.p50`.
    pub figure: String,
    /// The label by whose values the runs are split; null where they are not.
    pub by: Option<String>,
    /// Runs in order of time, for each value of the label.
    pub series: Vec<HistorySeries>,
    /// Folders that are in no series, and why: a sentence each.
    pub left_out: Vec<String>,
}

/// Runs of one value of the label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistorySeries {
    /// The value; null of runs without the label, and where they are not split.
    pub label: Option<String>,
    /// In order of time.
    pub runs: Vec<HistoryRun>,
    /// Where the level of the figure changes, in order of time.
    pub changes: Vec<HistoryChange>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its id.
    pub run_id: String,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// What people call it by.
    pub labels: Labels,
    /// The figure, durations in seconds; null where the run has none.
    pub value: Option<f64>,
    /// True where the value is a bound: a lower one, and of a rate an upper one.
    pub bound: bool,
    /// Its 95 % interval, of which an end may be null; null where it has none.
    pub interval: Option<Ends>,
    /// Why it is not a measurement, and is left out of the change points; null when it is one.
    pub invalid: Option<String>,
    /// Where its configuration, machine or target differ from those of the run before.
    pub differs: Vec<String>,
}

/// A new level of the figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryChange {
    /// Place in `runs` of the first run of the new level.
    pub run: usize,
    /// Its id.
    pub run_id: String,
    /// When it started.
    pub started_at: String,
    /// Median of the level before.
    pub before: f64,
    /// Median of the new level.
    pub after: f64,
    /// Relative change; null from zero.
    pub change: Option<f64>,
    /// True where a value of either level is a bound.
    pub bound: bool,
}

impl HistoryRun {
    /// Whether it counts for the change points.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.invalid.is_none() && self.value.is_some()
    }
}
