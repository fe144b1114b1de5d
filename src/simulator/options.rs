use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Settings;

/// What a simulator is started with. Settings alone will do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The model: latencies, nodes, faults, seed.
    pub settings: Settings,
    /// What is installed at the start, unless it starts empty.
    pub installed: Installed,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A file for the truth: JSON lines, each written when its claim is deleted.
    pub truth_out: Option<PathBuf>,
    /// Whether [`Simulator::truth`](super::Simulator::truth) includes claims that are gone, which costs memory for each.
    pub keep_truth: bool,
    /// The command of a load generator's runner; the path of a kubeconfig is added as its last word. It is started for
    /// each pod of a Job whose container asks for a runner. Empty: such pods fail to start.
    pub runner: Vec<OsString>,
}

/// The agent-sandbox installation that is there at the start.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Tag of the controller's image.
    pub release: String,
    /// Namespace of the template and of the pool.
    pub namespace: String,
    /// `spec` of the `SandboxTemplate`.
    pub template: Value,
    /// Sandboxes of the pool.
    pub replicas: u32,
    /// More of the pool's `spec`.
    pub pool: Value,
}

impl Default for Installed {
    /// A pool of 100 sandboxes with one small container each, in `default`.
    fn default() -> Self {
        let container = json!({ "name": "sandbox", "image": "registry.k8s.io/pause:3.10" });
        Self {
            release: "latest".into(),
            namespace: "default".into(),
            template: json!({ "podTemplate": { "spec": { "containers": [container] } } }),
            replicas: 100,
            pool: json!({}),
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            installed: Installed::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            truth_out: None,
            keep_truth: false,
            runner: Vec::new(),
        }
    }
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }
}
