use std::collections::BTreeMap;

use agent_sandbox_common::api::RUNTIME_PORT;
use agent_sandbox_common::check::{Checked, ensure};
use agent_sandbox_common::words;
use schemars::JsonSchema;

words! {
    /// Method of a request to the server in a sandbox.
    #[derive(Default, JsonSchema)]
    pub enum HttpMethod {
        /// Reads.
        #[default]
        Get = "GET",
        /// Reads the head alone.
        Head = "HEAD",
        /// Sends.
        Post = "POST",
        /// Replaces.
        Put = "PUT",
        /// Changes.
        Patch = "PATCH",
        /// Removes.
        Delete = "DELETE",
    }
}

/// A request to a server in the sandbox, and what must answer it.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// Its method.
    pub method: HttpMethod,
    /// Path and query.
    pub path: String,
    /// Port of the sandbox.
    pub port: u16,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Option<String>,
    /// Status of the answer; any 2xx where `None`.
    pub status: Option<u16>,
    /// Text that the answer's body must hold.
    pub expect: Option<String>,
}

/// Headers that the way to the sandbox needs for itself.
const TAKEN: [&str; 4] = ["connection", "content-length", "host", "transfer-encoding"];

impl Default for HttpRequest {
    fn default() -> Self {
        Self {
            method: HttpMethod::Get,
            path: "/".into(),
            port: RUNTIME_PORT,
            headers: BTreeMap::new(),
            body: None,
            status: None,
            expect: None,
        }
    }
}

impl HttpRequest {
    /// Whether `status` is what is wanted.
    #[must_use]
    pub fn wants(&self, status: u16) -> bool {
        self.status.map_or((200..300).contains(&status), |wanted| wanted == status)
    }

    /// Checks what the types cannot say; `at` is the path of its step.
    pub(super) fn validate(&self, at: &str) -> Checked {
        let graphic = self.path.bytes().all(|it| it.is_ascii_graphic() && it != b'#');
        let is_path = graphic && self.path.starts_with('/') && self.path.parse::<http::uri::PathAndQuery>().is_ok();
        ensure(is_path, &format!("{at}.path"), format!("\"{}\"", self.path), "a path that begins with /, escaped")?;
        ensure(self.port > 0, &format!("{at}.port"), self.port, "1 to 65535")?;
        let status = self.status.unwrap_or(200);
        ensure((200..=599).contains(&status), &format!("{at}.status"), status, "200 to 599")?;
        self.headers.iter().try_for_each(|(name, value)| {
            let field = format!("{at}.headers.{name}");
            let known = http::HeaderName::try_from(name).is_ok() && http::HeaderValue::try_from(value).is_ok();
            ensure(known, &field, format!("\"{value}\""), "a header's name, and a value of visible characters")?;
            let lower = name.to_ascii_lowercase();
            let taken = TAKEN.contains(&&*lower) || lower.starts_with("x-sandbox-");
            ensure(!taken, &field, "it", "a header that the way to the sandbox does not set itself")
        })
    }
}
