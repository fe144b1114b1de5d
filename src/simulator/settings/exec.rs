use agent_sandbox_common::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The command modelled for exec into a pod, and for its runtime's `POST /execute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exec {
    /// What it prints. Default: what `echo` and `cat` would, and nothing for other commands. `echo` writes into a file by
    /// `> FILE` or `| tee FILE`. Files are lost with their pod, except those below `/data`, where each sandbox has a volume.
    /// A pod and a volume hold 64 MiB each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How it exits.
    pub exit_code: i32,
    /// How long it takes.
    pub duration: Duration,
}
