use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::{refusal, words};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALLOWED: &str = "http://HOST or http://HOST:PORT, without a path";

words! {
    /// How the server in a sandbox is reached.
    #[derive(Default, JsonSchema)]
    pub enum Via {
        /// At its pod's own address; only from inside the cluster.
        #[default]
        Pod = "pod",
        /// Through the API server, which passes requests on to the pod (`pods/proxy`).
        ApiServer = "api_server",
        /// Through agent-sandbox's router, at `workload.router`.
        Router = "router",
    }
}

/// Where a router listens, over plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Router {
    /// A name or an address.
    pub host: String,
    /// 80 where none is given.
    pub port: u16,
}

impl FromStr for Router {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let uri: http::Uri = text.trim().parse().ok()?;
            let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
            let bare =
                scheme == "http" && uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
            // An IPv6 address stands in brackets in a URL, and without them in a socket's address.
            let host = authority.host().trim_start_matches('[').trim_end_matches(']');
            let port = authority.port_u16();
            let port_is_read = authority.port().is_none_or(|it| it.as_u16() > 0) && !authority.as_str().ends_with(':');
            (bare && port_is_read && !host.is_empty()).then(|| Self { host: host.into(), port: port.unwrap_or(80) })
        };
        read().ok_or_else(|| refusal(format!("\"{text}\""), ALLOWED))
    }
}

impl fmt::Display for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "http://[{host}]:{port}") } else { write!(f, "http://{host}:{port}") }
    }
}

impl Serialize for Router {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Router {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Router {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": ALLOWED, "pattern": r"^\s*http://[^/@?#]+/?\s*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_a_plain_address() {
        for (text, host, port, shown) in [
            ("http://router", "router", 80, "http://router:80"),
            (" http://10.0.0.1:8080/ ", "10.0.0.1", 8080, "http://10.0.0.1:8080"),
            ("http://[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        ] {
            let router: Router = text.parse().unwrap();
            assert_eq!((&*router.host, router.port, &*router.to_string()), (host, port, shown));
            assert_eq!(shown.parse(), Ok(router));
        }
        for text in ["", "router", "router:80", "https://router", "http://", "http://a/b", "http://a?b", "http://u@a"] {
            assert!(text.parse::<Router>().unwrap_err().ends_with(ALLOWED), "{text}");
        }
    }
}
