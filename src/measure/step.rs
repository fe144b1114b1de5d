use serde::{Deserialize, Serialize};

use super::{Way, Word, WorkloadFailure};

/// A step of a claim's session, each time it was done. Instants are nanoseconds since the run's start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its name.
    pub step: Box<str>,
    /// How it was done.
    pub kind: Word<Way>,
    /// The end of the step before; of the first, when the claim was ready.
    pub from_ns: i64,
    /// When it ended, or was given up.
    pub ended_ns: i64,
    /// Bytes that it wrote or read, or was to; of files alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Why it failed, which ended the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Word<WorkloadFailure>>,
    /// What one that failed counts as, at least: its deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ns: Option<i64>,
    /// True where it ended at `ended_ns` or earlier: a re-list showed it, or the generator had just stalled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upper_bound: bool,
}

impl StepRecord {
    /// Its latency in ns, and whether that is censored.
    #[must_use]
    pub fn latency(&self) -> (i64, bool) {
        let age = self.ended_ns - self.from_ns;
        (age.max(self.timeout_ns.unwrap_or_default()), self.reason.is_some())
    }

    /// True where it ran a command.
    #[must_use]
    pub fn is_command(&self) -> bool {
        matches!(self.kind, Word::Known(way) if way.is_command())
    }
}
