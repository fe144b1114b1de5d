use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// The tolerances beyond which a run is no measurement of the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Validity {
    /// Least share of claims handed over within 100 ms of their intended instant, 0 to 1.
    pub min_achieved_ratio: f64,
    /// Most schedule lag at the 99th percentile.
    pub max_schedule_lag_p99: Duration,
    /// Most ready instants that are upper bounds (seen by a re-list, or right after a stall), as a share, 0 to 1.
    pub max_upper_bound_share: f64,
}

impl Default for Validity {
    fn default() -> Self {
        Self { min_achieved_ratio: 0.99, max_schedule_lag_p99: Duration::from_millis(10), max_upper_bound_share: 0.01 }
    }
}
