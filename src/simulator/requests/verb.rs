use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};

/// What a request does to its resource, as rules of RBAC name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// One object is read.
    Get,
    /// Objects are read.
    List,
    /// Changes are followed.
    Watch,
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH.
    Patch,
    /// One object is deleted.
    Delete,
    /// Objects are deleted.
    DeleteCollection,
    /// A method for which RBAC has no verb.
    Other,
}

impl Verb {
    /// The verb of a request for objects, or for the one that it names.
    #[must_use]
    pub fn of(method: &Method, names_one: bool, watches: impl Fn() -> bool) -> Self {
        match *method {
            Method::GET | Method::HEAD if names_one => Self::Get,
            Method::GET | Method::HEAD if watches() => Self::Watch,
            Method::GET | Method::HEAD => Self::List,
            Method::POST => Self::Create,
            Method::PUT => Self::Update,
            Method::PATCH => Self::Patch,
            Method::DELETE if names_one => Self::Delete,
            Method::DELETE => Self::DeleteCollection,
            _ => Self::Other,
        }
    }

    /// As RBAC and results write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
