use crate::config::Labels;
use crate::measure::{BucketCounts, Outcomes};

/// Which run figures are of.
#[derive(Debug, Clone)]
pub struct LiveRun {
    /// Its id.
    pub run_id: String,
    /// Its labels.
    pub labels: Labels,
    /// Name of the machine that it is made from.
    pub host: String,
    /// When its load started, ns since the epoch.
    pub start_ns: i64,
}

/// What is known of a run at an instant; claims of warm-ups count too.
#[derive(Debug, Clone)]
pub struct LiveFigures {
    /// When, ns since the epoch.
    pub at_ns: i64,
    /// Claims that came due.
    pub intended: u64,
    /// Claims handed over.
    pub sent: u64,
    /// Claims by outcome.
    pub ended: Outcomes,
    /// Sent and not yet ended.
    pub in_flight: u64,
    /// Ready and not yet released.
    pub held: u64,
    /// Ready sandboxes of the run's pools.
    pub pool_ready: u64,
    /// Sandboxes they should hold.
    pub pool_wanted: u64,
    /// From intended to ready. What never became ready is above every bound, and counts in the sum as long as it has lasted
    /// or `load.ready_timeout`, whichever is longer.
    pub time_to_ready: BucketCounts,
    /// From intended to handed over.
    pub schedule_lag: BucketCounts,
}
