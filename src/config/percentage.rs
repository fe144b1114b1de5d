use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALLOWED: &str = "a percentage from 0% to below 100%, or a fraction such as 0.05";

/// A part of a whole below all of it, written as a percentage or a fraction: `5%` or `0.05`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentage(f64);

impl Percentage {
    /// Of a fraction, from 0 to below 1.
    #[must_use]
    pub fn of(fraction: f64) -> Option<Self> {
        (0.0..1.0).contains(&fraction).then_some(Self(fraction))
    }

    /// As a fraction.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0
    }
}

impl FromStr for Percentage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || refusal(format!("\"{text}\""), ALLOWED);
        let fraction = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim_end().parse::<f64>().map(|percent| percent / 100.0),
            None => text.trim().parse(),
        };
        fraction.ok().and_then(Self::of).ok_or_else(refuse)
    }
}

/// `5 %`, with as many digits as it needs, two at most.
impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:.2}", self.0 * 100.0);
        write!(f, "{} %", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}%", self.0 * 100.0))
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Percentage;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(ALLOWED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Percentage, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_f64<E: de::Error>(self, fraction: f64) -> Result<Percentage, E> {
                Percentage::of(fraction).ok_or_else(|| E::custom(refusal(fraction, ALLOWED)))
            }
            fn visit_u64<E: de::Error>(self, fraction: u64) -> Result<Percentage, E> {
                self.visit_f64(fraction as f64)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Percentage {
    fn schema_name() -> Cow<'static, str> {
        "Percentage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "description": ALLOWED,
            "pattern": r"^\s*[0-9]*\.?[0-9]+\s*%?\s*$",
            "minimum": 0,
            "exclusiveMaximum": 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_and_fractions_are_the_same() {
        for text in ["7%", "7 %", "0.07", " 0.07"] {
            let seven: Percentage = text.parse().unwrap();
            assert!((seven.fraction() - 0.07).abs() < 1e-12, "{text}");
            assert_eq!(seven.to_string(), "7 %");
        }
        assert_eq!("2.5%".parse::<Percentage>().unwrap().to_string(), "2.5 %");
        for text in ["5", "100%", "-1%", "", "%", "NaN", "inf", "a"] {
            assert!(text.parse::<Percentage>().is_err(), "{text}");
        }
    }
}
