use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One of several equal parts of a schedule, such as `2/4`: of each four claims the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which part, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
}

const MOST: u32 = 1000;
const ALLOWED: &str = "PART/PARTS, such as 2/4, up to 1000 parts";

impl Share {
    /// True where the claim at `index` of the whole schedule belongs to this part.
    #[must_use]
    pub fn owns(self, index: u64) -> bool {
        index % u64::from(self.parts) == u64::from(self.part - 1)
    }

    /// Where in the whole schedule this part's claim `nth` stands.
    #[must_use]
    pub fn index(self, nth: u64) -> u64 {
        nth * u64::from(self.parts) + u64::from(self.part - 1)
    }

    /// Which of this part's claims stands at `index` of the whole schedule; `None` where it is another part's.
    #[must_use]
    pub fn nth(self, index: u64) -> Option<u64> {
        self.owns(index).then_some(index / u64::from(self.parts))
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || refusal(format!("\"{text}\""), ALLOWED);
        let (part, parts) = text.split_once('/').ok_or_else(refuse)?;
        let share = Self { part: part.parse().map_err(|_| refuse())?, parts: parts.parse().map_err(|_| refuse())? };
        ((1..=share.parts).contains(&share.part) && share.parts <= MOST).then_some(share).ok_or_else(refuse)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.parts)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": ALLOWED, "pattern": "^[1-9][0-9]*/[1-9][0-9]*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        let second: Share = "2/4".parse().unwrap();
        assert_eq!((0..8).filter(|index| second.owns(*index)).collect::<Vec<_>>(), [1, 5]);
        assert_eq!((second.index(1), second.nth(5), second.nth(6)), (5, Some(1), None));
        assert_eq!(second.to_string(), "2/4");
        for text in ["0/4", "5/4", "1/0", "1", "a/b", "1/2000", "-1/2"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }
}
