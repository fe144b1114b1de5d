use std::collections::BTreeMap;

use agent_sandbox_common::api::ShutdownPolicy;
use serde::Deserialize;
use serde_json::Value;

use crate::store::Timestamp;

/// The fields of a claim's spec that the controller acts on.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSpec {
    pub warm_pool_ref: Reference,
    /// What a claim of the older API names.
    pub sandbox_template_ref: Option<Reference>,
    pub lifecycle: Lifecycle,
    pub env: Vec<EnvVar>,
    pub volume_claim_templates: Vec<Value>,
    pub additional_pod_metadata: PodMetadata,
}

/// A reference by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lifecycle {
    pub shutdown_time: Option<Timestamp>,
    pub ttl_seconds_after_finished: Option<i64>,
    pub shutdown_policy: Option<ShutdownPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodMetadata {
    pub labels: BTreeMap<String, String>,
}

/// An environment variable a claim brings.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvVar {
    pub name: String,
    pub value: String,
    pub container_name: String,
}
