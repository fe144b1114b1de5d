use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::refusal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::ByteSize;

const ALLOWED: &str = "a path of letters, digits and -._/ without empty, . or .. parts";

/// A file that a step writes.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteFile {
    /// Where.
    pub path: FilePath,
    /// What.
    pub content: Content,
}

/// A file that a step reads, and compares.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadFile {
    /// Where.
    pub path: FilePath,
    /// What it must hold; `None`: what the session wrote there last.
    pub content: Option<String>,
}

/// What is written to a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// This text.
    Text(String),
    /// So many random bytes, from the run's seed.
    Random(ByteSize),
}

impl Content {
    /// The number of bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Random(size) => size.bytes(),
        }
    }
}

/// Where a file is, below the base directory of the sandbox's runtime. A slash at its start means nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath(String);

impl FilePath {
    /// Without a slash at its start; the same for all that name one file.
    #[must_use]
    pub fn relative(&self) -> &str {
        self.0.trim_start_matches('/')
    }
}

impl FromStr for FilePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let relative = text.trim_start_matches('/');
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'/');
        let parts = relative.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let allowed = parts && text.bytes().all(plain) && text.len() <= 255;
        allowed.then(|| Self(text.into())).ok_or_else(|| refusal(format!("\"{text}\""), ALLOWED))
    }
}

/// As it was given.
impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FilePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for FilePath {
    fn schema_name() -> Cow<'static, str> {
        "FilePath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": ALLOWED, "pattern": "^[A-Za-z0-9._/-]{1,255}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_its_base() {
        for text in ["a", "/a", "data/a-b_c.txt", "/data/..a"] {
            assert_eq!(text.parse::<FilePath>().unwrap().relative(), text.trim_start_matches('/'));
        }
        for text in ["", "/", "a//b", "../a", "a/./b", "a b", "a\"b", "a%2fb", "a\\b", &"a".repeat(256)] {
            assert!(text.parse::<FilePath>().unwrap_err().ends_with(ALLOWED), "{text}");
        }
    }
}
