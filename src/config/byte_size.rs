use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALLOWED: &str = "1 byte to 100MB, as a number of bytes or with a unit (B, KB or MB), such as 10MB";
/// Units in bytes, the largest first.
const UNITS: [(&str, u64); 3] = [("MB", 1_000_000), ("KB", 1000), ("B", 1)];

/// The size of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(u64);

impl ByteSize {
    /// The largest.
    pub const MOST: Self = Self(100_000_000);

    /// Of so many bytes; `None` of none, and of more than the largest.
    #[must_use]
    pub fn of(bytes: u64) -> Option<Self> {
        (1..=Self::MOST.0).contains(&bytes).then_some(Self(bytes))
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let (number, unit) = trimmed.split_at(trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
        let factor = if unit.is_empty() { Some(1) } else { UNITS.iter().find(|it| it.0 == unit).map(|it| it.1) };
        let number = number.trim_end().parse::<u64>().ok();
        let bytes = factor.zip(number).and_then(|(factor, number)| number.checked_mul(factor));
        bytes.and_then(Self::of).ok_or_else(|| refusal(format!("\"{text}\""), ALLOWED))
    }
}

/// `10MB`: in the largest unit that needs no fraction.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = UNITS.into_iter().find(|(_, factor)| self.0.is_multiple_of(*factor)).unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = ByteSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(ALLOWED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteSize, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
                ByteSize::of(bytes).ok_or_else(|| E::custom(refusal(bytes, ALLOWED)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "description": ALLOWED,
            "pattern": r"^\s*[0-9]+\s*(B|KB|MB)?\s*$",
            "minimum": 1,
            "maximum": Self::MOST.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_powers_of_a_thousand() {
        for (text, bytes, shown) in
            [("1KB", 1000, "1KB"), ("100 KB", 100_000, "100KB"), ("1500", 1500, "1500B"), ("10MB", 10_000_000, "10MB")]
        {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size.bytes(), &*size.to_string()), (bytes, shown));
            assert_eq!(shown.parse(), Ok(size));
        }
        for text in ["", "0", "KB", "1GB", "1kb", "-1", "1.5MB", "101MB", "99999999999999999999MB"] {
            assert!(text.parse::<ByteSize>().unwrap_err().ends_with(ALLOWED), "{text}");
        }
    }
}
