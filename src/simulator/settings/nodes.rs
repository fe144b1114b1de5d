use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The simulated nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nodes {
    /// How many.
    pub count: u32,
    /// Pods each can carry.
    pub pods: u32,
}

impl Default for Nodes {
    fn default() -> Self {
        Self { count: 100, pods: 250 }
    }
}
