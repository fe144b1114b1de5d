use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// What a claimed sandbox does before it is released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// How long a ready claim is held before it is released.
    pub hold: Duration,
    /// Command run in the sandbox through the API server, by `/bin/sh -c`; its first output stamps `first_exec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<String>,
    /// Command sent to the runtime's HTTP port 8888, `POST /execute`; only from inside the cluster. Instead of `exec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute: Option<String>,
    /// Text that the command's output must hold; `wrong_output` where it does not. Any output will do when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// Deadline of `exec` or `execute`.
    pub exec_timeout: Duration,
    /// Container of the sandbox that runs `exec`; the first when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Follow each claim until its Sandbox is gone (`capacity_back`): a second watch, on Sandboxes.
    pub capacity_back: bool,
    /// After the last claim, follow the pools until they are full again, at most `load.ready_timeout` long.
    pub pool_full: bool,
}

impl Workload {
    /// Whether a command is run in each sandbox.
    #[must_use]
    pub fn runs_a_command(&self) -> bool {
        self.exec.is_some() || self.execute.is_some()
    }
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            hold: Duration::ZERO,
            exec: None,
            execute: None,
            expect: None,
            exec_timeout: Duration::from_secs(30),
            container: None,
            capacity_back: false,
            pool_full: false,
        }
    }
}
