use std::sync::Arc;

use serde_json::Value;

use super::convert;

/// Place of a kind's row; the built-in ones have names in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub usize);

/// A row of the table of kinds.
#[derive(Debug, Clone)]
pub struct Kind {
    pub group: Arc<str>,
    /// The first is the one that is kept: the stored one; of agent-sandbox's kinds, the one that the model reads.
    pub versions: Vec<Version>,
    pub plural: Arc<str>,
    pub singular: Arc<str>,
    pub kind: Arc<str>,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    /// Has `/status`, which then is the only place where `status` is written.
    pub status: bool,
    /// Has `/scale`, over `spec.replicas` and `status.replicas`.
    pub scale: bool,
    /// `metadata.generation` counts the changes of what is desired.
    pub counts_generations: bool,
    /// A question in the form of an object: created, answered, not stored.
    pub review: bool,
    /// A deletion is answered with the object, not with a Status.
    pub returns_deleted: bool,
    /// Comes from a `CustomResourceDefinition`.
    pub custom: bool,
}

/// A version of a kind.
#[derive(Debug, Clone)]
pub struct Version {
    pub name: Arc<str>,
    /// `group/version`, or the version alone in the core group.
    pub api_version: Arc<str>,
    /// Whether requests for it are answered.
    pub served: bool,
    /// Columns of `kubectl get` beside the name: title, type, path.
    pub columns: Vec<Column>,
    /// The `OpenAPI` schema objects of this version must fit.
    pub schema: Option<Arc<Value>>,
}

/// A column of `kubectl get`.
#[derive(Debug, Clone)]
pub struct Column {
    pub title: String,
    pub format: String,
    pub path: String,
    pub wide: bool,
}

impl Version {
    pub fn new(group: &str, name: &str) -> Self {
        let api_version = if group.is_empty() { name.into() } else { format!("{group}/{name}").into() };
        Self { name: name.into(), api_version, served: true, columns: Vec::new(), schema: None }
    }
}

impl Kind {
    pub fn served(&self, version: &str) -> bool {
        self.version(version).is_some_and(|version| version.served)
    }

    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| *version.name == *name)
    }

    pub fn stored_version(&self) -> &str {
        &self.versions[0].name
    }

    /// `group/version` of the version that discovery prefers.
    pub fn preferred(&self) -> &str {
        let served = self.versions.iter().find(|version| version.served);
        &served.unwrap_or(&self.versions[0]).api_version
    }

    pub fn api_version(&self, version: &str) -> &str {
        self.version(version).map_or("", |version| &version.api_version)
    }

    /// `plural.group`, as error messages and CRDs name it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_string() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Turns an object of one version into another.
    pub fn convert(&self, object: &mut Value, from: &str, to: &str) {
        if from != to {
            object["apiVersion"] = self.api_version(to).into();
            convert::convert(&self.kind, object, to);
        }
    }
}
