//! `status.conditions`, read without a copy: every event of a sandbox is looked at.

use std::borrow::Cow;

use serde::Deserialize;

use super::Object;

/// What counts of a `status`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Readiness<'a> {
    #[serde(borrow)]
    conditions: Vec<Condition<'a>>,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

impl<'a> Readiness<'a> {
    /// What an object's status says.
    pub fn of(object: &'a Object) -> Self {
        object.parse_as("status")
    }

    /// Whether the condition Ready is True.
    pub fn is_ready(&self) -> bool {
        self.conditions.iter().any(|condition| condition.r#type == "Ready" && condition.status == "True")
    }

    /// Whether a pod's addresses are known.
    pub fn has_address(&self) -> bool {
        !self.pod_ips.is_empty()
    }
}

/// Whether the object's condition Ready is True.
pub fn is_ready(object: &Object) -> bool {
    Readiness::of(object).is_ready()
}

/// The node a pod was bound to; empty before.
pub fn node_name(pod: &Object) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Spec {
        node_name: String,
    }
    pod.parse_as::<Spec>("spec").node_name
}
