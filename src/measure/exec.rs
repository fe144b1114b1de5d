use std::collections::BTreeMap;

use agent_sandbox_common::words;
use serde::{Deserialize, Serialize};

use super::{ClaimRecord, End, WorkloadFailure};

words! {
    /// How the command of a ready claim ended.
    pub enum ExecCount {
        /// It was started.
        Attempted = "attempted",
        /// It gave the output that was wanted, and exited with 0, in time.
        Ok = "ok",
        /// It did not.
        Failed = "failed",
    }
}

/// The workload's commands of a run: one for each ready claim that was still wanted when it became ready.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExecSummary {
    /// Commands started.
    pub attempted: u64,
    /// Those that gave the output that was wanted, and exited with 0, in time.
    pub ok: u64,
    /// The others.
    pub failed: u64,
    /// `ok` as a share of `attempted`; null of none.
    pub ok_fraction: Option<f64>,
    /// Why they failed.
    pub reasons: BTreeMap<String, u64>,
}

impl ExecSummary {
    /// Commands that ended this way.
    #[must_use]
    pub const fn of(&self, count: ExecCount) -> u64 {
        match count {
            ExecCount::Attempted => self.attempted,
            ExecCount::Ok => self.ok,
            ExecCount::Failed => self.failed,
        }
    }
}

/// Commands as they end.
#[derive(Debug, Clone, Default)]
pub(super) struct Execs {
    ok: u64,
    failed: BTreeMap<WorkloadFailure, u64>,
}

impl Execs {
    pub fn record(&mut self, claim: &ClaimRecord) {
        match claim.end {
            End::Ready(Some(failure)) => *self.failed.entry(failure).or_default() += 1,
            End::Ready(None) => self.ok += u64::from(claim.first_exec_ns.is_some()),
            End::Failed(_) | End::TimedOut(_) | End::Rejected(_) | End::NotSent(_) | End::Other(..) => {}
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        for (failure, count) in &other.failed {
            *self.failed.entry(*failure).or_default() += count;
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
