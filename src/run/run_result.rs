use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::{SloUndecided, Validity};
use crate::measure::{ObjectiveResult, Summary};
use crate::report::Example;

/// A run's result; an invalid run is one too.
#[derive(Debug)]
pub struct RunResult {
    /// As in `summary.json`.
    pub summary: Summary,
    /// The run's folder.
    pub out_dir: PathBuf,
    /// What an undecided objective does to the exit code.
    pub slo_undecided: SloUndecided,
    /// The tolerances by which it was judged.
    pub validity: Validity,
    /// A claim of each reason.
    pub examples: BTreeMap<String, Example>,
}

impl RunResult {
    /// The command's exit code: 130 interrupted, 3 invalid, 4 an objective was missed, else 0.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        let fails = |objective: &ObjectiveResult| {
            !objective.met || (objective.undecided && self.slo_undecided == SloUndecided::Fail)
        };
        match &self.summary {
            summary if summary.interrupted => 130,
            summary if !summary.valid => 3,
            summary if summary.slo.iter().any(fails) => 4,
            _ => 0,
        }
    }
}
