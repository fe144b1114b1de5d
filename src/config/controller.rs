use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::{Quantity, quantity};

/// The controller's Deployment. A field left out keeps what the manifest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Controller {
    /// False: use the controller that is there, install none.
    pub install: bool,
    /// Container image. Default: the one the release publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// `--sandbox-claim-concurrent-workers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_workers: Option<u32>,
    /// `--sandbox-concurrent-workers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_workers: Option<u32>,
    /// `--sandbox-warm-pool-concurrent-workers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmpool_workers: Option<u32>,
    /// `--sandbox-warm-pool-max-batch-size`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmpool_max_batch_size: Option<u32>,
    /// `--kube-api-burst`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_api_burst: Option<i32>,
    /// `--kube-api-qps`; -1 means no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kube_api_qps: Option<f64>,
    /// `--enable-tracing`.
    pub enable_tracing: bool,
    /// OTLP endpoint of the traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otel_endpoint: Option<String>,
    /// `--leader-elect`.
    pub leader_elect: bool,
    /// CPU request, a Kubernetes quantity.
    #[serde(deserialize_with = "quantity")]
    #[schemars(with = "Quantity")]
    pub cpu_request: String,
    /// CPU limit, a Kubernetes quantity.
    #[serde(deserialize_with = "quantity")]
    #[schemars(with = "Quantity")]
    pub cpu_limit: String,
    /// Memory request, a Kubernetes quantity.
    #[serde(deserialize_with = "quantity")]
    #[schemars(with = "Quantity")]
    pub memory_request: String,
    /// Memory limit, a Kubernetes quantity.
    #[serde(deserialize_with = "quantity")]
    #[schemars(with = "Quantity")]
    pub memory_limit: String,
    /// More flags, one an item, such as `--api-connections=4`: any that the controller knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Environment of the controller.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            install: true,
            image: None,
            claim_workers: None,
            sandbox_workers: None,
            warmpool_workers: None,
            warmpool_max_batch_size: None,
            kube_api_burst: None,
            kube_api_qps: None,
            enable_tracing: false,
            otel_endpoint: None,
            leader_elect: false,
            cpu_request: "500m".into(),
            cpu_limit: "2".into(),
            memory_request: "256Mi".into(),
            memory_limit: "1Gi".into(),
            args: Vec::new(),
            env: BTreeMap::new(),
        }
    }
}

/// A flag of the controller that a field stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Its name, without hyphens.
    pub name: &'static str,
    /// Its value; `None` of a switch.
    pub value: Option<String>,
    /// The field of `stack.controller` that somebody set it with; `None` where the field holds its default.
    pub field: Option<&'static str>,
}

impl Controller {
    /// The flags that the fields stand for, but for those that `args` gives.
    #[must_use]
    pub fn flags(&self) -> Vec<Flag> {
        let mut flags = self.named();
        flags.retain(|flag| flag.field.is_some() || !self.args.iter().any(|argument| flag_name(argument) == flag.name));
        flags
    }

    fn named(&self) -> Vec<Flag> {
        let given = |name, field, value: Option<String>| {
            value.map(|value| Flag { name, value: Some(value), field: Some(field) })
        };
        let number = |value: Option<u32>| value.map(|value| value.to_string());
        let leader_elect = Some(self.leader_elect.to_string());
        let mut flags = vec![
            Flag { name: "leader-elect", value: leader_elect, field: self.leader_elect.then_some("leader_elect") },
            Flag { name: "extensions", value: None, field: None },
        ];
        flags.extend(given("sandbox-claim-concurrent-workers", "claim_workers", number(self.claim_workers)));
        flags.extend(given("sandbox-concurrent-workers", "sandbox_workers", number(self.sandbox_workers)));
        flags.extend(given("sandbox-warm-pool-concurrent-workers", "warmpool_workers", number(self.warmpool_workers)));
        let batch = number(self.warmpool_max_batch_size);
        flags.extend(given("sandbox-warm-pool-max-batch-size", "warmpool_max_batch_size", batch));
        flags.extend(given("kube-api-burst", "kube_api_burst", self.kube_api_burst.map(|burst| burst.to_string())));
        flags.extend(given("kube-api-qps", "kube_api_qps", self.kube_api_qps.map(|qps| qps.to_string())));
        if self.enable_tracing {
            flags.push(Flag { name: "enable-tracing", value: None, field: Some("enable_tracing") });
        }
        flags
    }

    /// The variables that `otel_endpoint` stands for.
    #[must_use]
    pub fn tracing_env(&self) -> Vec<(&'static str, String)> {
        let Some(endpoint) = &self.otel_endpoint else { return Vec::new() };
        let insecure = !endpoint.starts_with("https://");
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()), ("OTEL_EXPORTER_OTLP_INSECURE", insecure.to_string())]
    }
}

/// The name in an argument such as `--name=value`.
#[must_use]
pub fn flag_name(argument: &str) -> &str {
    let name = argument.trim_start_matches('-');
    name.split_once('=').map_or(name, |(name, _)| name)
}
