use std::borrow::Cow;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Duration;

/// Whether the sources are read, and how often while the load lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Not at all.
    None,
    /// So often.
    Every(Duration),
}

impl Sources {
    /// More often, the reading would be a load of its own.
    const LEAST: Duration = Duration::from_secs(1);
    const ALLOWED: &str = "none, or a duration of 1s or more, such as 5s";
}

impl Default for Sources {
    fn default() -> Self {
        Self::Every(Duration::from_secs(5))
    }
}

impl Serialize for Sources {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Every(interval) => interval.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let interval = text.parse().ok().filter(|interval| *interval >= Self::LEAST);
        match (&*text, interval) {
            ("none", _) => Ok(Self::None),
            (_, Some(interval)) => Ok(Self::Every(interval)),
            _ => Err(de::Error::custom(refusal(format!("\"{text}\""), Self::ALLOWED))),
        }
    }
}

impl JsonSchema for Sources {
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": Self::ALLOWED,
            "pattern": r"^(none|\s*([0-9]*\.?[0-9]+\s*(ns|us|ms|s|m|h)\s*)+)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::from_value;

    fn read(sources: &serde_json::Value) -> Result<Sources, String> {
        let config = from_value(json!({ "output": { "sources": sources } }), &[]);
        config.map(|config| config.output.sources).map_err(|error| error.to_string())
    }

    #[test]
    fn a_duration_of_a_second_or_more_or_none() {
        assert_eq!(read(&json!("none")), Ok(Sources::None));
        assert_eq!(read(&json!("1s")), Ok(Sources::Every(Duration::from_secs(1))));
        assert_eq!(json!(read(&json!("1m30s")).unwrap()), json!("90s"));
        for (wrong, got) in [(json!("999ms"), "\"999ms\""), (json!("auto"), "\"auto\""), (json!(5), "5")] {
            let error = read(&wrong).unwrap_err();
            assert!(error.starts_with(&format!("output.sources: got {got}, allowed: none, or a duration")), "{error}");
        }
    }
}
