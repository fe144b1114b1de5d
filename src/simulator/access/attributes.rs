use std::fmt;

use serde::Deserialize;

/// What a request is about, as rules judge it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Attributes {
    pub verb: String,
    /// For what is no resource; the other fields are then empty.
    pub path: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    /// Empty for the whole cluster.
    pub namespace: String,
    /// Empty for all objects, or for one that has no name yet.
    pub name: String,
}

impl Attributes {
    /// A request for something that is no resource.
    pub fn path(verb: impl Into<String>, path: impl Into<String>) -> Self {
        Self { verb: verb.into(), path: path.into(), ..Self::default() }
    }

    pub fn is_resource(&self) -> bool {
        self.path.is_empty()
    }

    /// `pods`, or `pods/log`.
    pub fn full_resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

/// What is refused, in the API server's words.
impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_resource() {
            return write!(f, "{} path {:?}", self.verb, self.path);
        }
        write!(f, "{} resource {:?} in API group {:?} ", self.verb, self.full_resource(), self.group)?;
        if self.namespace.is_empty() {
            write!(f, "at the cluster scope")
        } else {
            write!(f, "in the namespace {:?}", self.namespace)
        }
    }
}
