use std::collections::BTreeMap;

use agent_sandbox_common::api::ShutdownPolicy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Duration;

/// What each `SandboxClaim` asks for beside its warm pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimOptions {
    /// Environment of the sandbox. Forces a cold start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    /// `PersistentVolumeClaim` templates, as Kubernetes writes them. Forces a cold start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volume_claim_templates: Vec<Value>,
    /// When the controller ends the claim by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// More labels on the claim.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// More annotations on the claim.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Stamp `agents.x-k8s.io/client-first-requested-at`, so that the controller's own metric covers the same claim.
    pub stamp_first_requested: bool,
    /// More of the claim's `spec`, merged last, such as `additionalPodMetadata`: whatever its CRD allows.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub spec: Map<String, Value>,
}

impl ClaimOptions {
    /// True where the claim's own fields rule out a warm sandbox.
    #[must_use]
    pub fn forces_cold_start(&self) -> bool {
        let merged = |name: &str| self.spec.get(name).and_then(Value::as_array).is_some_and(|items| !items.is_empty());
        let own = !self.env.is_empty() || !self.volume_claim_templates.is_empty();
        own || merged("env") || merged("volumeClaimTemplates")
    }
}

/// One environment variable of a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The container that gets it; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container_name: Option<String>,
}

/// `spec.lifecycle` of a claim.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lifecycle {
    /// What happens to the claim at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_policy: Option<ShutdownPolicy>,
    /// How long after it is sent the claim ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_after: Option<Duration>,
    /// Seconds a finished claim stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<u32>,
}
