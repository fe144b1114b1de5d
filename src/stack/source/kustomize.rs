//! The part of kustomize that upstream's all-in-one kustomization uses: a list of resources, and strategic merge
//! patches written out. Anything else is refused by name: it would change what is installed.

use std::path::Path;

use agent_sandbox_common::strategic_merge::merge;
use agent_sandbox_common::yaml;
use serde::Deserialize;
use serde_json::Value;

use super::file::{read_objects, unreadable};
use crate::cluster::object::Reference;
use crate::files::read_regular;
use crate::stack::StackError;
use crate::stack::manifest::parse;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Kustomization {
    #[serde(rename = "apiVersion", default)]
    _api_version: String,
    #[serde(rename = "kind", default)]
    _kind: String,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    patches: Vec<PatchEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PatchEntry {
    patch: String,
}

impl Kustomization {
    pub(super) fn read(file: &Path, reference: &str) -> Result<Self, StackError> {
        let text = read_regular(file).map_err(|error| unreadable(file, reference, &error))?;
        let refuse = |message| StackError::Manifest { origin: file.display().to_string(), message };
        let value = yaml::read(&text).map_err(|error| refuse(format!("cannot be read as YAML: {error}")))?;
        serde_json::from_value(value)
            .map_err(|error| refuse(format!("only resources and inline patches are understood: {error}")))
    }

    pub(super) fn build(&self, folder: &Path, reference: &str) -> Result<Vec<Value>, StackError> {
        let mut objects = Vec::new();
        for resource in &self.resources {
            objects.extend(read_objects(&folder.join(resource), reference)?);
        }
        for entry in &self.patches {
            let refuse = |message| StackError::Manifest { origin: reference.to_owned(), message };
            for patch in parse(&entry.patch).map_err(refuse)? {
                let at = Reference::of(&patch);
                let target = objects.iter_mut().find(|object| Reference::of(object) == at);
                let missing = || refuse(format!("the patch of {at} finds nothing"));
                merge(target.ok_or_else(missing)?, &patch);
            }
        }
        Ok(objects)
    }
}
