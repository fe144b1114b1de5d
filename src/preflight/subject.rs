use agent_sandbox_common::api::EXTENSIONS_GROUP;

use super::demand::Demand;
use super::finding::Finding;
use crate::cluster::{ClusterError, Objects};
use crate::config::{Config, WarmPool};

/// What the checks look at.
pub(super) struct Subject<'a> {
    pub objects: &'a Objects,
    pub config: &'a Config,
    pub pools: &'a [WarmPool],
    /// Version of the extensions API the server serves, if it is one we know.
    pub version: Option<String>,
    pub demand: Demand,
}

impl Subject<'_> {
    /// `group/version` of the extensions API.
    pub fn api_version(&self) -> Option<String> {
        self.version.as_ref().map(|version| format!("{EXTENSIONS_GROUP}/{version}"))
    }
}

/// What a check found; an error says why it could not look.
pub(crate) type Checked = Result<Vec<Finding>, ClusterError>;
