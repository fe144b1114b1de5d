use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::refusal;
use agent_sandbox_common::suggest::did_you_mean;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Duration;

const ALLOWED: &str =
    "FIGURE OPERATOR LIMIT, such as time_to_ready.p99<500ms, warm_fraction>=0.99 or outcomes.failed==0";

/// What an objective does that is met, while its figure's interval holds the limit: another run may miss it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SloUndecided {
    /// It is met, with a warning.
    #[default]
    Warn,
    /// The command ends as for a missed objective, exit 4.
    Fail,
}

/// One service level objective: a figure of the summary, a comparison, a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Dotted name of the figure: `time_to_ready.p99`, `outcomes.failed`, `warm_fraction`.
    pub metric: String,
    /// How the figure must compare with the limit.
    pub comparison: Comparison,
    /// The limit; seconds where it has a unit.
    pub limit: f64,
    /// Whether it was written with a unit of time.
    pub has_unit: bool,
    /// As written.
    text: String,
}

/// Comparison of a figure with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

/// Two-character operators first: `<=` must not be read as `<`.
const OPERATORS: [(&str, Comparison); 5] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Objective {
    /// True where `value` meets the objective.
    #[must_use]
    pub fn is_met(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Less => value < self.limit,
            Comparison::AtMost => value <= self.limit,
            Comparison::Greater => value > self.limit,
            Comparison::AtLeast => value >= self.limit,
            Comparison::Equal => (value - self.limit).abs() < f64::EPSILON,
        }
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            let twice = Some(text.replacen('=', "==", 1))
                .filter(|it| it != text && !text.contains("==") && it.parse::<Self>().is_ok());
            refusal(format!("\"{text}\""), ALLOWED.to_owned() + &did_you_mean(twice))
        };
        let at = text.find(['<', '>', '=']).ok_or_else(refuse)?;
        let (metric, rest) = text.split_at(at);
        let (operator, comparison) = OPERATORS.iter().find(|(name, _)| rest.starts_with(name)).ok_or_else(refuse)?;
        let value = rest[operator.len()..].trim();
        let (limit, has_unit) = match value.parse::<f64>() {
            Ok(number) if number.is_finite() => (number, false),
            _ => (value.parse::<Duration>().map_err(|_| refuse())?.secs(), true),
        };
        let metric = metric.trim();
        let named = !metric.is_empty() && metric.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        named
            .then(|| Self { metric: metric.into(), comparison: *comparison, limit, has_unit, text: text.trim().into() })
            .ok_or_else(refuse)
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Objective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Objective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Objective {
    fn schema_name() -> Cow<'static, str> {
        "Objective".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": ALLOWED,
            "pattern": r"^\s*[A-Za-z0-9_.]+\s*(<=|>=|==|<|>)\s*\S.*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_and_numbers() {
        let objective: Objective = "time_to_ready.p99 <= 500ms".parse().unwrap();
        assert_eq!((objective.metric.as_str(), objective.comparison), ("time_to_ready.p99", Comparison::AtMost));
        assert!(objective.is_met(0.5) && !objective.is_met(0.51));
        assert!("outcomes.failed==0".parse::<Objective>().unwrap().is_met(0.0));
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        for text in ["", "p99", "<5", "p99<", "p99=5", "p99<fast", "p 99<5", "p99<nan"] {
            assert!(text.parse::<Objective>().is_err(), "{text}");
        }
    }
}
