use std::collections::BTreeMap;

use agent_sandbox_common::check::{Checked, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::header::Header;
use super::{Duration, Endpoint};

/// Where metrics of a run are sent while it goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// The receiver, such as `http://127.0.0.1:4318`. Without a path it gets the protocol's own: `/v1/metrics` of OTLP,
    /// `/api/v1/write` of remote write.
    pub endpoint: Endpoint,
    /// From one push to the next, 1s or more. There is also one at the start of the load and one at its end.
    #[serde(default = "interval")]
    pub interval: Duration,
    /// Headers of each push by name: text, `env:NAME` (a variable of the environment) or `file:PATH` (a file's text, without
    /// the white space around it). What names a secret, such as `authorization`, must be one of the last two.
    #[serde(default)]
    pub headers: BTreeMap<String, Header>,
}

/// More often, a push would be a load of its own.
const LEAST: Duration = Duration::from_secs(1);
/// Headers that a push sets itself.
const TAKEN: [&str; 9] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "user-agent",
    "x-prometheus-remote-write-version",
];

fn interval() -> Duration {
    Duration::from_secs(5)
}

impl Push {
    /// Checks what the types cannot say; `field` is the path of this.
    pub(super) fn validate(&self, field: &str) -> Checked {
        ensure(self.interval >= LEAST, &format!("{field}.interval"), self.interval, "1s or more")?;
        self.headers.iter().try_for_each(|(name, header)| {
            let at = format!("{field}.headers.{name}");
            let allowed = "a header's name that a push does not set itself";
            let is_free = !TAKEN.contains(&&*name.to_ascii_lowercase());
            ensure(http::HeaderName::try_from(name).is_ok() && is_free, &at, "it", allowed)?;
            header.validate(&at, name)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config::from_value;

    fn read(push: &Value) -> Result<Push, String> {
        let config = from_value(json!({ "output": { "otlp": push } }), &[]).map_err(|error| error.to_string())?;
        Ok(config.output.otlp.unwrap())
    }

    #[test]
    fn an_endpoint_is_enough() {
        let push = read(&json!({"endpoint": "http://127.0.0.1:4318"})).unwrap();
        assert_eq!((push.interval, push.headers.len()), (Duration::from_secs(5), 0));
        let headers = json!({"authorization": "env:TOKEN", "X-Scope-OrgID": "team-a"});
        let push = read(&json!({"endpoint": "https://a.example/push", "interval": "1s", "headers": headers})).unwrap();
        assert_eq!(json!(push)["headers"], headers, "a run's config.yaml repeats it");
    }

    #[test]
    fn what_cannot_be_pushed_to_is_refused_by_its_field() {
        let to = |more: Value| {
            let mut push = json!({"endpoint": "http://a.example"});
            push.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            push
        };
        for (push, told) in [
            (json!({}), "endpoint"),
            (json!({"endpoint": "a.example:4318"}), "output.otlp.endpoint: got \"a.example:4318\", allowed: http"),
            (to(json!({"interval": "500ms"})), "output.otlp.interval: got 500ms, allowed: 1s or more"),
            (to(json!({"headers": {"host": "x"}})), "output.otlp.headers.host: got it, allowed: a header's name"),
            (to(json!({"headers": {"a b": "x"}})), "output.otlp.headers.a b: got it"),
            (to(json!({"header": {}})), "output.otlp.header"),
        ] {
            let error = read(&push).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
