use std::borrow::Cow;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

const ALLOWED: &str = "a Kubernetes quantity, such as 500m, 2 or 1Gi";

/// How a quantity is written: `500m`, or a plain number. Only its schema is used.
pub(super) struct Quantity;

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"], "description": ALLOWED, "pattern": r"^[0-9]*\.?[0-9]*[a-zA-Z0-9+-]*$" })
    }
}

/// A quantity as text; YAML reads `2` as a number.
pub(super) fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(de::Error::custom(refusal(other, ALLOWED))),
    }
}
