//! `status.conditions`.

use serde::Deserialize;

use super::store::Object;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
}

/// Whether the object's condition Ready is True.
pub fn is_ready(object: &Object) -> bool {
    let status: Status = object.parse_as("status");
    status.conditions.iter().any(|condition| condition.r#type == "Ready" && condition.status == "True")
}
