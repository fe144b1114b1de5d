use std::path::PathBuf;

use agent_sandbox_common::words;
use serde::Serialize;

use super::calibration::Calibration;
use crate::measure::compare::Verdict;
use crate::measure::{Latency, Summary};
use crate::report::compare::CompareReport;

words! {
    /// A side.
    pub enum AbSide {
        /// What is compared with.
        Base = "base",
        /// What is judged.
        New = "new",
    }

    /// Why no more runs were made.
    pub enum AbEnd {
        /// The runs tell.
        Told = "told",
        /// The time was over.
        AtMost = "at_most",
        /// All looks were taken, and none told.
        Looks = "looks",
        /// Several pairs in a row were no measurement.
        Invalid = "invalid",
        /// Stopped.
        Interrupted = "interrupted",
    }
}

/// `ab.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbReport {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// Version of this tool.
    pub tool_version: String,
    /// `simulator` or `cluster`.
    pub target: String,
    /// The order within pairs and the schedules come from it.
    pub seed: u64,
    /// True where base was run against itself.
    pub calibrate: bool,
    /// True where pairs that are INVALID are compared too.
    pub force: bool,
    /// Most time that it was to take, seconds.
    pub at_most_s: f64,
    /// Chance of a false difference in one look.
    pub level_of_a_look: f64,
    /// Pairs after which it was to compare.
    pub planned_looks: Vec<usize>,
    /// The runs in the order they were made.
    pub runs: Vec<AbRun>,
    /// The comparisons that were made, the last of which counts.
    pub looks: Vec<AbLook>,
    /// Why it ended; null while it runs, and where it was killed.
    pub ended: Option<AbEnd>,
    /// Seconds from its start to the end of the last run or look.
    pub took_s: f64,
    /// What the last look found, as `compare --output json` says it; null where there was none.
    pub comparison: Option<CompareReport>,
    /// With `calibrate`: how small a difference is found here, and in how long.
    pub calibration: Option<Calibration>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbRun {
    /// The side.
    pub side: AbSide,
    /// Its pair, from 1.
    pub pair: usize,
    /// Its folder, within that of the command.
    pub folder: PathBuf,
    /// Its id.
    pub run_id: String,
    /// Why it is not a measurement, and its pair is not compared; null when it is one.
    pub invalid: Option<String>,
    /// Median time to ready, seconds; null of nothing.
    pub p50_s: Option<f64>,
    /// Seconds that it took, the wait for full pools before it included.
    pub took_s: f64,
}

/// One comparison of all pairs so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbLook {
    /// Pairs that were compared.
    pub pairs: usize,
    /// Seconds since the start.
    pub at_s: f64,
    /// What it found in a line.
    pub headline: String,
    /// The verdict, with a doubt if it cannot tell.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl AbSide {
    /// Name of the folder of its run in a pair: `new-3`.
    #[must_use]
    pub fn folder(self, pair: usize) -> PathBuf {
        PathBuf::from(format!("{self}-{pair}"))
    }
}

impl AbRun {
    /// A run that ended.
    #[must_use]
    pub fn new(side: AbSide, pair: usize, summary: &Summary, took_s: f64) -> Self {
        Self {
            side,
            pair,
            folder: side.folder(pair),
            run_id: summary.run_id.clone(),
            invalid: summary.doubt(),
            p50_s: summary.figures(Latency::TimeToReady).map(|figures| figures.p50),
            took_s,
        }
    }
}

impl AbReport {
    /// The two runs of each pair that is whole, in the order they ran.
    #[must_use]
    pub fn pairs(&self) -> impl DoubleEndedIterator<Item = &[AbRun]> {
        self.runs.chunks_exact(2)
    }

    /// The pairs that are compared.
    #[must_use]
    pub fn counted(&self) -> impl DoubleEndedIterator<Item = &[AbRun]> {
        self.pairs().filter(|pair| self.counts(pair))
    }

    /// Whether a pair is compared.
    #[must_use]
    pub fn counts(&self, pair: &[AbRun]) -> bool {
        self.force || pair.iter().all(|run| run.invalid.is_none())
    }

    /// Why the verdict is missing; `None` where there is one.
    #[must_use]
    pub fn without_verdict(&self) -> Option<&'static str> {
        match self.ended {
            None | Some(AbEnd::Interrupted) => Some("interrupted"),
            Some(AbEnd::Invalid) => Some("pair after pair is INVALID: this machine or cluster is too busy to measure"),
            Some(AbEnd::Told | AbEnd::AtMost | AbEnd::Looks) if self.comparison.is_none() => Some("no pair is valid"),
            Some(AbEnd::Told | AbEnd::AtMost | AbEnd::Looks) => None,
        }
    }
}
