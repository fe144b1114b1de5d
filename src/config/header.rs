use std::borrow::Cow;
use std::path::PathBuf;

use agent_sandbox_common::check::{Checked, ensure};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of a header, or where it is found when a run begins. A secret is never text: configurations are written into
/// results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// The value itself.
    Text(String),
    /// In a variable of the environment.
    Env(String),
    /// In a file.
    File(PathBuf),
}

/// What the name of a secret holds.
const SECRET: [&str; 8] = ["auth", "cookie", "credential", "key", "passw", "secret", "session", "token"];

impl Header {
    pub(super) fn validate(&self, field: &str, name: &str) -> Checked {
        let name = name.to_ascii_lowercase();
        let is_secret = SECRET.iter().any(|part| name.contains(part));
        match self {
            // The error does not repeat it.
            Self::Text(_) if is_secret => ensure(
                false,
                field,
                "its value",
                "env:NAME or file:PATH, because a run's folder holds the configuration",
            ),
            Self::Text(text) => ensure(
                http::HeaderValue::from_str(text).is_ok() && !text.is_empty(),
                field,
                "text that no header can hold",
                "visible characters",
            ),
            Self::Env(name) => {
                let is_name = !name.is_empty() && !name.contains(['=', '\0']);
                ensure(is_name, field, format!("\"env:{name}\""), "env: and the name of a variable")
            }
            Self::File(path) => {
                ensure(!path.as_os_str().is_empty(), field, "\"file:\"", "file: and the path of a file")
            }
        }
    }
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Env(name) => serializer.collect_str(&format_args!("env:{name}")),
            Self::File(path) => serializer.collect_str(&format_args!("file:{}", path.display())),
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.split_once(':') {
            Some(("env", name)) => Self::Env(name.to_owned()),
            Some(("file", path)) => Self::File(path.into()),
            _ => Self::Text(text),
        })
    }
}

impl JsonSchema for Header {
    fn schema_name() -> Cow<'static, str> {
        "Header".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": "Text, env:NAME or file:PATH.", "minLength": 1})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_a_reference_and_an_error_never_repeats_it() {
        let header = |text: &str| serde_json::from_value::<Header>(json!(text)).unwrap();
        for name in ["authorization", "X-Api-Key", "x-token"] {
            let error = header("canary").validate("at", name).unwrap_err().to_string();
            assert!(error.starts_with("at: got its value, allowed: env:NAME or file:PATH"), "{error}");
            assert!(header("env:NAME").validate("at", name).is_ok() && header("file:a").validate("at", name).is_ok());
        }
        for (wrong, told) in [("", "text that no"), ("a\nb", "text that no"), ("env:", "env:"), ("file:", "file:")] {
            let error = header(wrong).validate("at", "x").unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert_eq!(json!(header("env:A:B")), json!("env:A:B"));
    }
}
