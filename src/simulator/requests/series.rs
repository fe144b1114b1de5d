use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Verb;

/// Requests that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Series {
    /// What was asked for.
    pub verb: Verb,
    /// Of which resource: `sandboxclaims`, `sandboxclaims/status`; the first part of a path that leads to no objects, such as
    /// `/apis`.
    pub resource: Arc<str>,
    /// The program: its user agent up to the version.
    pub user_agent: Arc<str>,
}
