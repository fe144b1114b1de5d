use std::path::PathBuf;

use agent_sandbox_common::Duration;
use agent_sandbox_common::check::{Checked, ensure, positive};
use agent_sandbox_common::release::Line;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Controller, Distribution, Exec, Fairness, Fault, Latency, Nodes};

/// The embedded Kubernetes API with a model of the agent-sandbox controller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Simulator")]
pub struct Settings {
    /// Seed of every service time and fault. Default random, and recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The releases it is like: their CRDs, reasons and annotations. Default: those of `stack.manifest_ref`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Line>,
    /// True: no CRDs, controller, template or pool stand at the start.
    pub empty: bool,
    /// Who acts on claims and pools: `model`, `none` for the API server alone, or a controller's own program.
    pub controller: Controller,
    /// Claims the controller works on at once; more wait in its queue.
    pub claim_workers: u32,
    /// Time a worker takes to bind a pooled sandbox.
    pub warm_latency: Latency,
    /// Time from a cold Sandbox's creation to its Ready.
    pub cold_latency: Latency,
    /// Time from a pod's deletion to its end, when its Sandbox is suspended too.
    pub end_latency: Latency,
    /// Sandboxes per second the pool can be refilled with, after slow start.
    pub refill: f64,
    /// The nodes that carry the pods.
    pub nodes: Nodes,
    /// Write the Events of scheduler and kubelets for each pod: Scheduled, Pulled, Created and Started. They make the start
    /// of a pod about twice as costly.
    pub pod_events: bool,
    /// Serve TLS with a certificate authority made at the start.
    pub tls: bool,
    /// The command that every exec into a pod runs.
    pub exec: Exec,
    /// API Priority and Fairness. Default: every request is served at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Fairness>,
    /// File to which a line of JSON is added for each request. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub request_log: Option<PathBuf>,
    /// What goes wrong, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: None,
            release: None,
            empty: false,
            controller: Controller::Model,
            claim_workers: 50,
            warm_latency: Latency::of_median(Duration::from_millis(5)),
            cold_latency: Latency::of_median(Duration::from_secs(1)),
            end_latency: Latency {
                distribution: Distribution::Constant,
                ..Latency::of_median(Duration::from_millis(20))
            },
            refill: 2000.0,
            nodes: Nodes::default(),
            pod_events: false,
            tls: false,
            exec: Exec::default(),
            fairness: None,
            request_log: None,
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// The releases it is like.
    #[must_use]
    pub fn line(&self) -> Line {
        self.release.unwrap_or_default()
    }

    /// Whether nothing of agent-sandbox stands at the start: a program's manifests are applied later.
    #[must_use]
    pub fn starts_empty(&self) -> bool {
        self.empty || matches!(self.controller, Controller::Program(_))
    }

    /// Checks what the types cannot say; `at` is the path of these settings, such as `simulator`.
    ///
    /// # Errors
    /// A [`ConfigError`](agent_sandbox_common::ConfigError) that names the first field at fault.
    pub fn validate(&self, at: &str) -> Checked {
        let field = |name: &str| format!("{at}.{name}");
        ensure(self.claim_workers > 0, &field("claim_workers"), 0, "1 or more")?;
        self.controller.validate(&field("controller"), self.empty)?;
        positive(&field("refill"), self.refill)?;
        ensure(self.nodes.count <= 100_000, &field("nodes.count"), self.nodes.count, "0 to 100000")?;
        ensure((1..=100_000).contains(&self.nodes.pods), &field("nodes.pods"), self.nodes.pods, "1 to 100000")?;
        ensure((0..=255).contains(&self.exec.exit_code), &field("exec.exit_code"), self.exec.exit_code, "0 to 255")?;
        for (name, latency) in [
            ("warm_latency", &self.warm_latency),
            ("cold_latency", &self.cold_latency),
            ("end_latency", &self.end_latency),
        ] {
            let field = format!("{at}.{name}.sigma");
            ensure((0.0..=5.0).contains(&latency.sigma), &field, latency.sigma, "0 to 5")?;
        }
        if let Some(fairness) = &self.fairness {
            ensure((1..=600).contains(&fairness.seats), &field("fairness.seats"), fairness.seats, "1 to 600")?;
            let queues = fairness.queues;
            ensure((1..=10_000).contains(&queues), &field("fairness.queues"), queues, "1 to 10000")?;
        }
        for (index, fault) in self.faults.iter().enumerate() {
            fault.validate(&format!("{at}.faults[{index}]"))?;
        }
        Ok(())
    }
}
