use agent_sandbox_bench::measure::{ClaimRecord, Summary};
use agent_sandbox_simulator::TruthRecord;

use crate::scenario::Scenario;

/// Claims of somebody else, beside the run's: their names and labels are much like its own.
pub const OTHERS: [&str; 2] = ["other", "asb-seed-0"];

/// Who takes the Lease of a run's pool.
pub const THIEF: &str = "thief";

/// A run as it was meant, what it said, and what truly happened.
pub struct History {
    pub scenario: Scenario,
    /// When the run began, on the made-up clock.
    pub began_ns: i64,
    pub run: Ended,
    pub truth: Vec<TruthRecord>,
    /// Whether somebody else surely took the Lease of the pool.
    pub is_stolen: bool,
    /// What stands at the end: claims by name, Leases by holder.
    pub left: Vec<String>,
}

/// How a run ended.
pub enum Ended {
    /// To its end.
    Whole(Box<Told>),
    /// With this error.
    Failed(String),
    /// With the machine that it ran on; the claims that it had recorded by then. What it left was cleaned up.
    Crashed(Vec<ClaimRecord>),
}

/// What a run said.
pub struct Told {
    pub summary: Summary,
    /// In the order in which they ended.
    pub claims: Vec<ClaimRecord>,
}
