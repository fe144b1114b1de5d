//! `status` of the objects the controllers write.

use serde::{Deserialize, Serialize};

use crate::store::Timestamp;

/// `metav1.Condition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    pub r#type: String,
    pub status: String,
    #[serde(default)]
    pub observed_generation: u64,
    pub last_transition_time: Timestamp,
    pub reason: String,
    #[serde(default)]
    pub message: String,
}

impl Condition {
    /// The condition Ready.
    pub fn ready(is: bool, reason: &str, message: &str, generation: u64, now: Timestamp) -> Self {
        Self {
            r#type: "Ready".into(),
            status: if is { "True" } else { "False" }.into(),
            observed_generation: generation,
            last_transition_time: now,
            reason: reason.into(),
            message: message.into(),
        }
    }
}

/// Puts a condition in its place; the time of the last transition stays where the status does.
pub fn set_condition(conditions: &mut Vec<Condition>, mut new: Condition) {
    match conditions.iter_mut().find(|condition| condition.r#type == new.r#type) {
        None => conditions.push(new),
        Some(old) => {
            if old.status == new.status {
                new.last_transition_time = old.last_transition_time;
            }
            *old = new;
        }
    }
    conditions.sort_by(|a, b| a.r#type.cmp(&b.r#type));
}

/// `status` of a Sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SandboxStatus {
    #[serde(rename = "serviceFQDN", skip_serializing_if = "String::is_empty")]
    pub service_fqdn: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub selector: String,
    #[serde(rename = "podIPs", skip_serializing_if = "Vec::is_empty")]
    pub pod_ips: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node_name: String,
}

impl SandboxStatus {
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.r#type == name)
    }
}

/// `status` of a `SandboxClaim`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimStatus {
    pub conditions: Vec<Condition>,
    pub sandbox: BoundSandbox,
}

impl ClaimStatus {
    pub fn is_ready(&self) -> bool {
        self.conditions.iter().any(|condition| condition.r#type == "Ready" && condition.status == "True")
    }

    pub fn is_expired(&self) -> bool {
        self.conditions.iter().any(|condition| condition.r#type == "Ready" && condition.reason == "ClaimExpired")
    }
}

/// The sandbox a claim is bound to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoundSandbox {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "podIPs", skip_serializing_if = "Vec::is_empty")]
    pub pod_ips: Vec<String>,
}
