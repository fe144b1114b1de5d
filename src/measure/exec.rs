use std::collections::BTreeMap;

use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

use super::{ClaimRecord, End, Word, WorkloadFailure};

words! {
    /// How a command, or another step, of a ready claim ended.
    pub enum ExecCount {
        /// It was started.
        Attempted = "attempted",
        /// It did what was wanted, in time: a command exited with 0 and gave the output.
        Ok = "ok",
        /// It did not.
        Failed = "failed",
    }
}

/// What became of commands, or of other steps. Of a run: the first command of each ready claim that was still wanted when
/// it became ready.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExecSummary {
    /// Those started.
    pub attempted: u64,
    /// Those that did what was wanted, in time.
    pub ok: u64,
    /// The others.
    pub failed: u64,
    /// `ok` as a share of `attempted`; null of none.
    pub ok_fraction: Option<f64>,
    /// Why they failed.
    pub reasons: BTreeMap<String, u64>,
}

impl ExecSummary {
    /// Those that ended this way.
    #[must_use]
    pub const fn of(&self, count: ExecCount) -> u64 {
        match count {
            ExecCount::Attempted => self.attempted,
            ExecCount::Ok => self.ok,
            ExecCount::Failed => self.failed,
        }
    }
}

/// Commands, or other steps, as they end.
#[derive(Debug, Clone, Default)]
pub(super) struct Execs {
    ok: u64,
    failed: BTreeMap<Word<WorkloadFailure>, u64>,
}

impl Execs {
    /// Counts a claim's first command.
    pub fn record(&mut self, claim: &ClaimRecord) {
        match (claim.first_command(), &claim.end) {
            (Some(step), _) => self.count(step.reason.as_ref()),
            // Of a folder that has no steps; or the task that ran it was lost.
            (None, End::Ready(Some(failure))) if failure.way().is_command() => self.count(Some(&Word::Known(*failure))),
            (None, End::Ready(None)) if claim.first_exec_ns.is_some() => self.count(None),
            (None, _) => {}
        }
    }

    /// Counts one that ended well, or failed.
    pub fn count(&mut self, failure: Option<&Word<WorkloadFailure>>) {
        match failure {
            Some(failure) => *self.failed.entry(failure.clone()).or_default() += 1,
            None => self.ok += 1,
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        for (failure, count) in &other.failed {
            *self.failed.entry(failure.clone()).or_default() += count;
        }
    }

    pub fn summary(&self) -> ExecSummary {
        let failed = self.failed.values().sum();
        let attempted = self.ok + failed;
        ExecSummary {
            attempted,
            ok: self.ok,
            failed,
            ok_fraction: (attempted > 0).then(|| self.ok as f64 / attempted as f64),
            reasons: self.failed.iter().map(|(failure, count)| (failure.to_string(), *count)).collect(),
        }
    }
}
