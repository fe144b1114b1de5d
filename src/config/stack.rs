use std::collections::BTreeMap;

use agent_sandbox_common::release;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::quantity::{Quantity, quantity};
use super::{Controller, Duration};

/// The agent-sandbox installation a run needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stack {
    /// Which agent-sandbox: a release tag, a commit, or a local folder of manifests.
    pub manifest_ref: String,
    /// Repository of tags and commits on GitHub: owner/name, or its URL.
    pub manifest_repo: String,
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
            manifest_ref: release::DEFAULT.into(),
            manifest_repo: "kubernetes-sigs/agent-sandbox".into(),
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

impl Stack {
    /// `manifest_repo` as owner/name.
    #[must_use]
    pub fn repository(&self) -> &str {
        let path = self.manifest_repo.strip_prefix("https://github.com/").unwrap_or(&self.manifest_repo);
        let path = path.trim_end_matches('/');
        path.strip_suffix(".git").unwrap_or(path)
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
    /// More of the template's `spec`, merged last: whatever its CRD allows.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub spec: Map<String, Value>,
}

impl Default for SandboxTemplate {
    fn default() -> Self {
        Self {
            runtime_class: None,
            image: release::RUNTIME_IMAGE.into(),
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
            spec: Map::new(),
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
    /// More of the pool's `spec`, merged last, such as `updateStrategy`: whatever its CRD allows.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub spec: Map<String, Value>,
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
