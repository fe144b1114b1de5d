use agent_sandbox_common::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The command modelled for exec into a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exec {
    /// What it prints. Default: what `echo` would, and nothing for other commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How it exits.
    pub exit_code: i32,
    /// How long it takes.
    pub duration: Duration,
}
