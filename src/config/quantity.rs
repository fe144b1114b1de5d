use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// How a quantity is written: `500m`, or a plain number.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Quantity {
    Text(String),
    Number(f64),
}

/// A quantity as text; YAML reads `2` as a number.
pub(super) fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(de::Error::custom(format!("got {other}, allowed: a Kubernetes quantity, such as 500m, 2 or 1Gi"))),
    }
}
