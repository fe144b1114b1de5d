use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::measure::{Classes, Outcomes};

/// Called with the state of a run, at most 10 times a second.
pub type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// How a run stands; for people, never on the measuring path.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Progress {
    /// Since the run's start.
    pub elapsed_s: f64,
    /// Length of the schedule; null for a closed loop that only its total ends.
    pub duration_s: Option<f64>,
    /// True while `load.until` may end the schedule before.
    pub may_end_before: bool,
    /// Claims of the whole run, as far as they are known ahead.
    pub total: u64,
    /// Claims that came due.
    pub planned: u64,
    /// Claims handed over.
    pub sent: u64,
    /// Sent and not yet ended.
    pub in_flight: u64,
    /// Ready sandboxes of the pools, as last read.
    pub pool_ready: u64,
    /// Sandboxes they should hold.
    pub pool_wanted: u64,
    /// Claims over, by outcome.
    pub outcomes: Outcomes,
    /// The ready ones by class.
    pub classes: Classes,
    /// Why, by `outcome.reason`.
    pub reasons: BTreeMap<String, u64>,
    /// Median time to ready so far, seconds.
    pub p50: Option<f64>,
    /// 99th percentile so far, seconds.
    pub p99: Option<f64>,
    /// True where the median rests on claims that did not become ready: it is a lower bound.
    pub p50_is_bound: bool,
    /// Likewise of the 99th percentile.
    pub p99_is_bound: bool,
    /// Schedule lag so far, 99th percentile, seconds.
    pub schedule_lag_p99: Option<f64>,
}
