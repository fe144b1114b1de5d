use crate::config::Validity;
use crate::measure::{ClaimRecord, Summary, Timeouts};

/// One of the two sides of a comparison: a run, or a set of runs one after the other.
#[derive(Debug)]
pub struct Compared {
    /// Where it was read.
    pub folder: String,
    /// Of its configuration.
    pub timeouts: Timeouts,
    /// Of its configuration.
    pub validity: Validity,
    /// All claims, but for warm-ups.
    pub claims: Vec<ClaimRecord>,
    /// The summary of each run.
    pub summaries: Vec<Summary>,
}
