use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::refusal;
use crate::suggest::did_you_mean;

/// Units, largest first, with their length in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A span of time, written as a number and a unit, or several: `250ms`, `1.5s`, `1h30m`. Whole nanoseconds, at most 100
/// years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// How one is written.
    pub const ALLOWED: &str = "a number and a unit: ns, us, ms, s, m or h, such as 1.5s, or several, such as 1h30m";
    /// No time at all.
    pub const ZERO: Self = Self(0);
    const MAX_NANOS: f64 = 100.0 * 365.25 * 86_400.0 * 1e9;

    /// `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// `secs` seconds, to the nearest nanosecond; `None` when negative, not finite or beyond 100 years.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Option<Self> {
        let nanos = (secs * 1e9).round();
        (0.0..=Self::MAX_NANOS).contains(&nanos).then_some(Self(nanos as u64))
    }

    /// Nanoseconds, signed as instants are.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0 as i64
    }

    /// Seconds.
    #[must_use]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// As the standard library's type.
    #[must_use]
    pub const fn std(self) -> time::Duration {
        time::Duration::from_nanos(self.0)
    }
}

impl From<Duration> for time::Duration {
    fn from(value: Duration) -> Self {
        value.std()
    }
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let refuse = || {
            // A number alone is most likely seconds, as other tools take it.
            let seconds = text.parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite());
            let meant = did_you_mean(seconds.map(|_| format!("{text}s")));
            refusal(format!("\"{text}\""), Self::ALLOWED.to_owned() + &meant)
        };
        let (mut nanos, mut rest) = (0.0, text);
        while !rest.is_empty() || text.is_empty() {
            let (part, after) = part(rest).ok_or_else(refuse)?;
            (nanos, rest) = (nanos + part, after.trim_start());
        }
        if !(0.0..=Self::MAX_NANOS).contains(&nanos) {
            return Err(refusal(format!("\"{text}\""), "0s to 100 years"));
        }
        Ok(Self(nanos as u64))
    }
}

/// Nanoseconds of the number and the unit at the beginning of `text`, and what follows.
fn part(text: &str) -> Option<(f64, &str)> {
    let (number, rest) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let (unit, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let number: f64 = number.trim_end().parse().ok()?;
    (number >= 0.0).then(|| ((number * *scale as f64).round(), rest))
}

impl fmt::Display for Duration {
    /// The largest unit that divides it exactly, so that reading it back gives the same duration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let (unit, scale) = UNITS.iter().find(|(_, scale)| self.0.is_multiple_of(*scale)).unwrap_or(&UNITS[5]);
        write!(f, "{}{unit}", self.0 / scale)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Duration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Duration::ALLOWED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": Self::ALLOWED,
            "pattern": r"^\s*([0-9]*\.?[0-9]+\s*(ns|us|ms|s|m|h)\s*)+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_each_unit() {
        for (text, nanos) in [
            ("3ns", 3),
            ("1.5us", 1_500),
            ("2ms", 2_000_000),
            (".5s", 500_000_000),
            ("1h", UNITS[0].1),
            ("1h30m", 5_400_000_000_000),
            ("1m 1.5s", 61_500_000_000),
            ("2ms3us", 2_003_000),
        ] {
            assert_eq!(text.parse(), Ok(Duration(nanos)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_duration() {
        for text in ["", "5", "s", "-1s", "5 parsecs", "nans", "1e300s", "infs", "1h30", "1h-30m", "1h m"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
        assert!("5".parse::<Duration>().unwrap_err().ends_with("; did you mean 5s?"));
        assert!(!"5x".parse::<Duration>().unwrap_err().contains("mean"));
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(nanos in 0..1_u64 << 53) {
            prop_assert_eq!(Duration(nanos).to_string().parse(), Ok(Duration(nanos)));
        }
    }
}
