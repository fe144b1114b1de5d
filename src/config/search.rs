use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How `search` finds the highest rate that meets the objectives, starting at `load.rate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// The rate is known well enough when both ends of its 90 % interval are within this share of it, 0.001 to 0.5.
    pub tolerance: f64,
    /// No higher rate is tried, claims per second.
    pub max_rate: f64,
}

impl Default for Search {
    fn default() -> Self {
        Self { tolerance: 0.05, max_rate: 5000.0 }
    }
}
