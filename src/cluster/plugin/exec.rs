use std::fmt;
use std::path::PathBuf;

use agent_sandbox_common::words;
use serde_json::{Value, json};

words! {
    /// The versions of the API that plugins and clients speak.
    pub(in crate::cluster) enum ExecApiVersion {
        /// The one before.
        V1Beta1 = "client.authentication.k8s.io/v1beta1",
        /// The present one.
        V1 = "client.authentication.k8s.io/v1",
    }
}

words! {
    /// Whether a plugin is given the terminal.
    pub(in crate::cluster) enum InteractiveMode {
        /// It is not.
        Never = "Never",
        /// Where there is one.
        IfAvailable = "IfAvailable",
        /// It is not run without one.
        Always = "Always",
    }
}

/// How to call a plugin.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::cluster) struct Exec {
    pub command: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    pub api_version: ExecApiVersion,
    pub interactive_mode: InteractiveMode,
    /// What to do where there is no such program.
    pub install_hint: String,
    /// `spec.cluster` of what the plugin receives, JSON; `None` when it receives nothing about the cluster.
    pub cluster: Option<String>,
}

impl Exec {
    /// What the plugin finds in `KUBERNETES_EXEC_INFO`.
    pub fn info(&self, interactive: bool) -> String {
        let mut spec = json!({ "interactive": interactive });
        if let Some(cluster) = self.cluster.as_ref().and_then(|cluster| serde_json::from_str::<Value>(cluster).ok()) {
            spec["cluster"] = cluster;
        }
        let version = self.api_version.name();
        json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec }).to_string()
    }
}

/// Arguments and variables may hold secrets.
impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec").field("command", &self.command).finish_non_exhaustive()
    }
}
