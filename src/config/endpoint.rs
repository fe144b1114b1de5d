use std::borrow::Cow;
use std::fmt;

use agent_sandbox_common::refusal;
use http::Uri;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALLOWED: &str = "http://HOST:PORT or https://HOST, with a path if need be, and without a user";

/// The URL of a receiver. It has no user and no password: those are headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Uri);

impl Endpoint {
    /// Scheme, host and port.
    #[must_use]
    pub fn server(&self) -> String {
        let scheme = self.0.scheme_str().unwrap_or("http");
        format!("{scheme}://{}", self.0.authority().map_or("", |authority| authority.as_str()))
    }

    /// Path and query; `default` where the URL has no path.
    #[must_use]
    pub fn path_or<'a>(&'a self, default: &'a str) -> &'a str {
        match self.0.path_and_query().map(http::uri::PathAndQuery::as_str) {
            None | Some("/") => default,
            Some(path) => path,
        }
    }
}

/// Without the query, which may hold what is not for everybody.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server(), self.0.path().trim_end_matches('/'))
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let has_user = text.contains('@');
        let is_usable = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
        match text.parse::<Uri>().ok().filter(is_usable) {
            Some(uri) if !has_user => Ok(Self(uri)),
            // What stands before the @ may be a password.
            _ if has_user => Err(de::Error::custom(refusal("a URL with a user", ALLOWED))),
            _ => Err(de::Error::custom(refusal(format!("\"{text}\""), ALLOWED))),
        }
    }
}

impl JsonSchema for Endpoint {
    fn schema_name() -> Cow<'static, str> {
        "Endpoint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": ALLOWED, "pattern": "^https?://[^@]+$"})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Endpoint, String> {
        serde_json::from_value(json!(text)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_is_kept_and_a_missing_one_is_the_protocols() {
        let path = |text: &str| read(text).unwrap().path_or("/v1/metrics").to_owned();
        assert_eq!(path("http://a.example:4318"), "/v1/metrics");
        assert_eq!(path("http://a.example:4318/"), "/v1/metrics");
        assert_eq!(path("https://a.example/otlp/v1/metrics?x=1"), "/otlp/v1/metrics?x=1");
        let endpoint = read("https://a.example/push?token=canary").unwrap();
        assert_eq!(
            (endpoint.server(), endpoint.to_string()),
            ("https://a.example".into(), "https://a.example/push".into())
        );
    }

    #[test]
    fn what_is_no_url_of_a_receiver_is_refused() {
        for wrong in ["a.example", "ftp://a.example", "http://", "", "/v1/metrics"] {
            assert!(read(wrong).unwrap_err().contains("allowed: http://HOST:PORT"), "{wrong}");
        }
        let error = read("https://me:canary@a.example").unwrap_err();
        assert!(!error.contains("canary") && error.contains("without a user"), "{error}");
    }
}
