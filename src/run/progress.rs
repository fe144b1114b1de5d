use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::measure::{Classes, Outcomes};

/// Called with the state of a run, at most 10 times a second.
pub type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// The progress of a run; for people, never on the measuring path.
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
    /// Sent and not yet ended: neither ready nor failed.
    pub in_flight: u64,
    /// Ready and not yet released.
    pub held: u64,
    /// Sent, and known never to become ready.
    pub failed: u64,
    /// Never sent.
    pub not_sent: u64,
    /// Ready sandboxes of the pools, as last read.
    pub pool_ready: u64,
    /// Sandboxes they should hold.
    pub pool_wanted: u64,
    /// Claims by outcome: `ready` from the moment that they are, the others when they are over.
    pub outcomes: Outcomes,
    /// The ready ones by class, when they are over.
    pub classes: Classes,
    /// Why, by `outcome.reason`.
    pub reasons: BTreeMap<String, u64>,
    /// Claims a second handed over in the last seconds.
    pub rate_now: Option<f64>,
    /// Claims a second that the schedule wanted in the same time; null of a closed loop.
    pub rate_planned: Option<f64>,
    /// Median time to ready so far, seconds, to 0.4 %; claims of warm-ups count too.
    pub p50: Option<f64>,
    /// 99th percentile so far, likewise.
    pub p99: Option<f64>,
    /// True where the median rests on claims that did not become ready: it is a lower bound.
    pub p50_is_bound: bool,
    /// Likewise of the 99th percentile.
    pub p99_is_bound: bool,
    /// Median of the claims that ended in the last seconds.
    pub p50_now: Option<f64>,
    /// 99th percentile, likewise.
    pub p99_now: Option<f64>,
    /// True where it is a lower bound.
    pub p50_now_is_bound: bool,
    /// Likewise.
    pub p99_now_is_bound: bool,
    /// Schedule lag so far, 99th percentile, seconds.
    pub schedule_lag_p99: Option<f64>,
    /// The schedule lag that is allowed, seconds.
    pub schedule_lag_limit_s: f64,
    /// How long a ready claim is held, seconds.
    pub hold_s: f64,
    /// After how long a claim has timed out, seconds.
    pub ready_timeout_s: f64,
    /// When the last claim became ready, since the run's start.
    pub last_ready_s: Option<f64>,
}
