use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP};
use agent_sandbox_common::words;

words! {
    /// What the load creates at each arrival. What is bare is made from the template of the warm pool, and no pool has it
    /// ready.
    #[derive(Default, schemars::JsonSchema)]
    pub enum LoadObject {
        /// A `SandboxClaim` of the warm pool.
        #[default]
        Claim = "claim",
        /// A bare `Sandbox`: what the controller takes without claim and pool.
        Sandbox = "sandbox",
        /// A bare Pod: what Kubernetes takes alone.
        Pod = "pod",
    }
}

impl LoadObject {
    /// True for an object without a claim: it has no pool, no binding, and no annotations of the controller.
    #[must_use]
    pub fn is_bare(self) -> bool {
        self != Self::Claim
    }

    /// Kind of the object.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Claim => "SandboxClaim",
            Self::Sandbox => "Sandbox",
            Self::Pod => "Pod",
        }
    }

    /// Many of them, in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Claim => "claims",
            Self::Sandbox => "bare Sandboxes",
            Self::Pod => "bare Pods",
        }
    }

    /// API group of the kind; empty for the core one.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::Claim => EXTENSIONS_GROUP,
            Self::Sandbox => AGENTS_GROUP,
            Self::Pod => "",
        }
    }

    /// Plural name of the kind.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Claim => "sandboxclaims",
            Self::Sandbox => "sandboxes",
            Self::Pod => "pods",
        }
    }

    /// `apiVersion` of the object, where agent-sandbox's API is served in `version`.
    #[must_use]
    pub fn api_version(self, version: &str) -> String {
        match self {
            Self::Claim | Self::Sandbox => format!("{}/{version}", self.group()),
            Self::Pod => "v1".into(),
        }
    }

    /// Path of that API.
    #[must_use]
    pub fn root(self, version: &str) -> String {
        let root = if self.group().is_empty() { "/api" } else { "/apis" };
        format!("{root}/{}", self.api_version(version))
    }

    /// Path of the kind's collection in a namespace.
    #[must_use]
    pub fn collection(self, version: &str, namespace: &str) -> String {
        format!("{}/namespaces/{namespace}/{}", self.root(version), self.resource())
    }
}
