use super::group::Traits;
use crate::measure::Stage;

/// A slow claim, or one of the slowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SlowClaim {
    pub index: u64,
    pub from_ns: i64,
    /// Ready, or given up.
    pub to_ns: i64,
    /// What took longest.
    pub stage: Stage,
    pub timed_out: bool,
    pub traits: Traits,
}

impl SlowClaim {
    pub fn nanos(&self) -> i64 {
        self.to_ns - self.from_ns
    }
}
