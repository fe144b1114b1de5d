use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use agent_sandbox_common::check::{Checked, ensure};
use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who acts on claims, pools, templates and sandboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Controller {
    /// The model of agent-sandbox's controller, while its Deployment stands.
    #[default]
    Model,
    /// Nobody: the API server and a cluster's own controllers alone.
    None,
    /// A controller's program, which whoever starts the simulator starts too.
    Program(ControllerProgram),
}

/// A controller's own program, run beside the simulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControllerProgram {
    /// The program's file.
    #[schemars(extend("format" = "path"))]
    pub command: PathBuf,
    /// Its arguments; each takes the place of the same flag of the manifests' Deployment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Variables added to its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Folder with the CRDs, roles and Deployment that belong to it. Default: `stack.manifest_ref`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub manifests: Option<PathBuf>,
}

const ALLOWED: &str = "model, none, or a mapping with command";

impl Controller {
    /// Checks what the types cannot say; `at` is its path.
    pub(super) fn validate(&self, at: &str, empty: bool) -> Checked {
        let Self::Program(program) = self else { return Ok(()) };
        ensure(!program.command.as_os_str().is_empty(), &format!("{at}.command"), "\"\"", "the path of a program")?;
        ensure(!empty, at, "a program beside empty: true", "one of the two: its CRDs, template and pool are made")
    }
}

impl Serialize for Controller {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Model => serializer.serialize_str("model"),
            Self::None => serializer.serialize_str("none"),
            Self::Program(program) => program.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Controller {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ControllerVisitor)
    }
}

struct ControllerVisitor;

impl<'de> Visitor<'de> for ControllerVisitor {
    type Value = Controller;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(ALLOWED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Controller, E> {
        match text {
            "model" => Ok(Controller::Model),
            "none" => Ok(Controller::None),
            other => Err(E::custom(refusal(format!("\"{other}\""), ALLOWED))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Controller, A::Error> {
        ControllerProgram::deserialize(MapAccessDeserializer::new(map)).map(Controller::Program)
    }
}

impl JsonSchema for Controller {
    fn schema_name() -> Cow<'static, str> {
        "SimulatorController".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let program = generator.subschema_for::<ControllerProgram>();
        json_schema!({ "anyOf": [{ "type": "string", "enum": ["model", "none"] }, program] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn it_is_a_word_or_a_program() {
        let program = json!({ "command": "/bin/c", "args": ["--a"], "env": { "A": "b" }, "manifests": "k8s" });
        for value in [json!("model"), json!("none"), json!({ "command": "c" }), program] {
            let read: Controller = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), value);
        }
        let refused = |value: Value| serde_json::from_value::<Controller>(value).unwrap_err().to_string();
        assert!(refused(json!("real")).contains("got \"real\", allowed: model, none"));
        assert!(refused(json!({ "args": [] })).contains("command"));
        assert!(refused(json!(3)).contains("model, none"));
    }
}
