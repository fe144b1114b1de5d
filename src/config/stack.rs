use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::Duration;

/// How a quantity is written: `500m`, or a plain number.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Quantity {
    Text(String),
    Number(f64),
}

/// A quantity as text; YAML reads `2` as a number.
fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(de::Error::custom(format!("got {other}, allowed: a Kubernetes quantity, such as 500m, 2 or 1Gi"))),
    }
}

/// The agent-sandbox installation a run needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stack {
    /// Which agent-sandbox: a release tag, a commit, or a local folder of manifests.
    pub manifest_ref: String,
    /// Namespace of the template and the warm pool.
    pub namespace: String,
    /// gVisor on the nodes.
    pub gvisor: Gvisor,
    /// How gVisor gets onto the nodes, where it is installed.
    pub gvisor_installer: GvisorInstaller,
    /// The controller's Deployment.
    pub controller: Controller,
    /// The template sandboxes are made from.
    pub sandbox_template: SandboxTemplate,
    /// The pool of sandboxes kept ready.
    pub sandbox_warmpool: SandboxWarmPool,
    /// The nodes that carry sandboxes; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodeSelection>,
    /// Longest wait of one step: a rollout, a pool that fills, an object that goes.
    pub wait_timeout: Duration,
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            manifest_ref: "v0.5.6".into(),
            namespace: "default".into(),
            gvisor: Gvisor::default(),
            gvisor_installer: GvisorInstaller::default(),
            controller: Controller::default(),
            sandbox_template: SandboxTemplate::default(),
            sandbox_warmpool: SandboxWarmPool::default(),
            nodes: None,
            wait_timeout: Duration::from_secs(300),
        }
    }
}

/// What to do about gVisor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gvisor {
    /// `present` if a node serves it, else `install`.
    #[default]
    Auto,
    /// Put it on the nodes.
    Install,
    /// Use what the nodes have: runtimeClassName, nodeSelector and toleration are rendered, nothing is installed.
    Present,
    /// No runtime class at all.
    None,
}

/// Where the installer takes gVisor from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GvisorInstaller {
    /// Image the installer runs in: a shell, `wget` and `sha512sum`.
    pub image: String,
    /// gVisor's release: the name of a folder below `url`.
    pub version: String,
    /// Where releases are downloaded from, each binary beside its `.sha512`; a mirror does as well.
    pub url: String,
    /// Folder of `image` that holds `runsc` and `containerd-shim-runsc-v1`: then nothing is downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Default for GvisorInstaller {
    fn default() -> Self {
        Self {
            image: "docker.io/library/alpine:3.22".into(),
            version: "20260511".into(),
            url: "https://storage.googleapis.com/gvisor/releases/release".into(),
            path: None,
        }
    }
}

/// The controller's Deployment. A field left out keeps what the manifest says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Controller {
    /// False: use the controller that stands, install none.
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
    /// `--kube-api-qps`; -1 is no limit.
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
        }
    }
}

/// The `SandboxTemplate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxTemplate {
    /// `runtimeClassName` of the pods; `runsc` unless gVisor is `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_class: Option<String>,
    /// Image of the sandbox.
    pub image: String,
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
    /// Labels of the pods.
    pub labels: BTreeMap<String, String>,
    /// Entry point, instead of the image's.
    pub command: Vec<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment.
    pub env: BTreeMap<String, String>,
    /// `serviceAccountName` of the pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Annotations of the pods.
    pub annotations: BTreeMap<String, String>,
    /// Who makes the pods' `NetworkPolicy`.
    pub network_policy_management: NetworkPolicyManagement,
    /// Whether a claim may bring environment variables.
    pub env_vars_injection_policy: InjectionPolicy,
    /// Whether a Service is made for each sandbox; the controller's default when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<bool>,
}

impl Default for SandboxTemplate {
    fn default() -> Self {
        Self {
            runtime_class: None,
            image: "registry.k8s.io/agent-sandbox/python-runtime-sandbox:v0.4.6".into(),
            cpu_request: "100m".into(),
            cpu_limit: "500m".into(),
            memory_request: "256Mi".into(),
            memory_limit: "1Gi".into(),
            labels: BTreeMap::new(),
            command: Vec::new(),
            args: Vec::new(),
            env: BTreeMap::new(),
            service_account: None,
            annotations: BTreeMap::new(),
            network_policy_management: NetworkPolicyManagement::default(),
            env_vars_injection_policy: InjectionPolicy::default(),
            service: None,
        }
    }
}

/// Who makes the pods' `NetworkPolicy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NetworkPolicyManagement {
    /// The controller: all ingress is blocked but the router's.
    #[default]
    Managed,
    /// Nobody.
    Unmanaged,
}

/// Whether a claim may bring environment variables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InjectionPolicy {
    /// No.
    #[default]
    Disallowed,
    /// New names only.
    Allowed,
    /// Also names the template sets.
    Overrides,
}

/// The `SandboxWarmPool`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxWarmPool {
    /// Sandboxes kept ready; 0 makes every claim a cold start. Default 0; on the embedded simulator 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
}

/// The nodes that carry sandboxes: by label selector, or by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeSelection {
    /// Label selector, such as `pkb_nodepool=sandbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Node names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}
