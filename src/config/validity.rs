use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Percentage};

/// The tolerances beyond which a run is not a measurement of the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Validity {
    /// Least share of claims handed over within 100 ms of their intended instant, 0 to 1.
    pub min_achieved_ratio: f64,
    /// Most that the generator's own lateness may have added to p50, p90, p95 or p99 of `time_to_ready`, or to a figure
    /// that `slo` names, plus 0.1 ms.
    pub max_error: Percentage,
    /// Most schedule lag at the 99th percentile. Null: 10 ms, or `max_error` of the median of `time_to_ready` where that is
    /// more.
    pub max_schedule_lag_p99: Option<Duration>,
    /// Most ready instants that are upper bounds (seen by a re-list, or right after a stall), as a share, 0 to 1.
    pub max_upper_bound_share: f64,
}

impl Default for Validity {
    fn default() -> Self {
        Self {
            min_achieved_ratio: 0.99,
            max_error: Percentage::of(0.05).expect("5 % is a percentage"),
            max_schedule_lag_p99: None,
            max_upper_bound_share: 0.01,
        }
    }
}
