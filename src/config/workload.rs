use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session_fields::once;
use super::session_step::SessionStep;
use super::{Duration, Router, Via};

/// What a claimed sandbox does before it is released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// How long a ready claim is held before it is released.
    pub hold: Duration,
    /// Command run in the sandbox through the API server, by `/bin/sh -c`; its first output stamps `first_exec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<String>,
    /// Command sent to the runtime's HTTP port 8888, `POST /execute`, as `via` says. Instead of `exec`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute: Option<String>,
    /// Text that the output of `exec` or `execute` must hold; `wrong_output` where it does not. Any output will do when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
    /// A session: steps done one after another in each ready claim. Instead of `exec` and `execute`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<SessionStep>,
    /// How often all steps are done, one round after another.
    pub repeat: u32,
    /// How `execute`, `write_file`, `read_file` and `http` reach the server in a sandbox.
    pub via: Via,
    /// Where agent-sandbox's router listens, over plain HTTP: `http://HOST:PORT`. It finds the sandbox by its headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub router: Option<Router>,
    /// Deadline of each command, file and request.
    pub exec_timeout: Duration,
    /// Container of the sandbox that commands are run in through the API server; the first when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Follow each claim until its Sandbox is gone (`capacity_back`): a second watch, on Sandboxes.
    pub capacity_back: bool,
    /// After the last claim, follow the pools until they are full again, at most `load.ready_timeout` long.
    pub pool_full: bool,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            hold: Duration::ZERO,
            exec: None,
            execute: None,
            expect: None,
            steps: Vec::new(),
            repeat: once(),
            via: Via::Pod,
            router: None,
            exec_timeout: Duration::from_secs(30),
            container: None,
            capacity_back: false,
            pool_full: false,
        }
    }
}
