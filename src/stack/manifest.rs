use std::collections::BTreeSet;

use agent_sandbox_common::api::{self, CONTROLLER};
use agent_sandbox_common::schema::check;
use agent_sandbox_common::yaml;
use serde_json::{Map, Value};

use super::StackError;
use crate::cluster::object::{Reference, items, kind, name, text};
use crate::config::ConfigError;

/// The manifests of one agent-sandbox: every object once, the controller's Deployment and the CRDs among them.
#[derive(Debug, Clone)]
pub struct Manifests {
    /// What they are the manifests of: a tag, a commit, a folder.
    pub(super) reference: String,
    pub(super) objects: Vec<Value>,
    /// Flags the controller knows, where its source was at hand.
    pub(super) flags: Option<BTreeSet<String>>,
}

impl Manifests {
    /// Keeps the last declaration of each object, and checks that what an installation needs is there.
    pub(super) fn new(
        reference: &str,
        objects: Vec<Value>,
        flags: Option<BTreeSet<String>>,
    ) -> Result<Self, StackError> {
        let mut kept: Vec<Value> = Vec::with_capacity(objects.len());
        for object in objects {
            let at = Reference::of(&object);
            match kept.iter_mut().find(|known| Reference::of(known) == at) {
                Some(known) => *known = object,
                None => kept.push(object),
            }
        }
        let this = Self { reference: reference.to_owned(), objects: kept, flags };
        this.controller()?;
        let wanted = ["sandboxes", "sandboxclaims", "sandboxtemplates", "sandboxwarmpools"];
        match wanted.iter().find(|plural| !this.crds().any(|crd| text(crd, "/spec/names/plural") == **plural)) {
            Some(plural) => Err(this.wrong(format!("there is no CustomResourceDefinition of {plural}"))),
            None => Ok(this),
        }
    }

    /// The controller's Deployment.
    pub(super) fn controller(&self) -> Result<&Value, StackError> {
        let deployments: Vec<_> = self.objects.iter().filter(|object| kind(object) == "Deployment").collect();
        let named = deployments.iter().find(|deployment| name(deployment) == CONTROLLER);
        match (named, deployments.as_slice()) {
            (Some(deployment), _) | (None, [deployment]) => Ok(deployment),
            (None, _) => Err(self.wrong(format!("there is no Deployment {CONTROLLER}"))),
        }
    }

    pub(super) fn crds(&self) -> impl Iterator<Item = &Value> + Clone {
        self.objects.iter().filter(|object| is_crd(object))
    }

    fn wrong(&self, message: String) -> StackError {
        StackError::Manifest { origin: self.reference.clone(), message }
    }
}

pub(super) fn is_crd(object: &Value) -> bool {
    kind(object) == "CustomResourceDefinition"
}

/// The objects of a YAML text; empty documents are none, and a list is its items.
pub(super) fn parse(text: &str) -> Result<Vec<Value>, String> {
    let documents = yaml::read_all(text).map_err(|error| format!("cannot be read as YAML: {error}"))?;
    let objects: Vec<_> = documents.into_iter().flat_map(listed).collect();
    match objects.iter().find(|object| kind(object).is_empty() || name(object).is_empty()) {
        Some(_) => Err("a document has no kind or no metadata.name".into()),
        None => Ok(objects),
    }
}

/// The items of a `List`, or of a list of one kind; of anything else itself.
fn listed(object: Value) -> Vec<Value> {
    match object {
        Value::Object(mut list) if is_list(&list) => match list.remove("items") {
            Some(Value::Array(items)) => items.into_iter().flat_map(listed).collect(),
            _ => Vec::new(),
        },
        object => vec![object],
    }
}

fn is_list(object: &Map<String, Value>) -> bool {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && object.get("items").is_none_or(|items| items.is_array() || items.is_null())
}

/// What the extensions API offers here: the version to write, and the schemas of what is written.
#[derive(Debug, Clone)]
pub(super) struct Dialect {
    pub(super) version: String,
    template: Value,
    pool: Value,
}

impl Dialect {
    /// Reads the CRDs, a manifest's or a cluster's. `None` where the template's or the pool's is not among them.
    #[expect(clippy::needless_pass_by_value, reason = "iterators are handed over whole")]
    pub(super) fn of<'a>(crds: impl Iterator<Item = &'a Value> + Clone) -> Option<Self> {
        let crd = |plural: &str| {
            crds.clone().find(|crd| {
                text(crd, "/spec/names/plural") == plural && text(crd, "/spec/group") == api::EXTENSIONS_GROUP
            })
        };
        let (template, pool) = (crd("sandboxtemplates")?, crd("sandboxwarmpools")?);
        // The newest version we know among those served.
        let version = api::VERSIONS.iter().rev().find(|version| schema(template, version).is_some())?;
        let schema = |crd: &Value| schema(crd, version).cloned().unwrap_or_default();
        Some(Self { version: (*version).to_owned(), template: schema(template), pool: schema(pool) })
    }

    pub(super) fn api_version(&self) -> String {
        format!("{}/{}", api::EXTENSIONS_GROUP, self.version)
    }

    /// Whether a template's spec has `field`.
    pub(super) fn template_has(&self, field: &str) -> bool {
        self.template.pointer("/properties/spec/properties").is_some_and(|spec| spec.get(field).is_some())
    }

    /// Whether a pool's status has `field`.
    pub(super) fn pool_status_has(&self, field: &str) -> bool {
        self.pool.pointer("/properties/status/properties").is_some_and(|status| status.get(field).is_some())
    }

    /// Refuses a template that its CRD would refuse, or take a field out of.
    pub(super) fn check_template(&self, template: &Value) -> Result<(), ConfigError> {
        fits("stack.sandbox_template", &self.template, template)
    }

    /// Refuses a pool likewise.
    pub(super) fn check_pool(&self, pool: &Value) -> Result<(), ConfigError> {
        fits("stack.sandbox_warmpool", &self.pool, pool)
    }
}

fn fits(at: &str, schema: &Value, object: &Value) -> Result<(), ConfigError> {
    let fault = check(schema, object).into_iter().next();
    fault.map_or(Ok(()), |fault| {
        let kind = kind(object);
        Err(ConfigError::new(format!("{at}.{}", fault.field), format!("{} ({kind}'s CRD)", fault.message)))
    })
}

/// The schema of a version of a CRD; `None` where it is not served. A CRD without one takes anything.
fn schema<'a>(crd: &'a Value, version: &str) -> Option<&'a Value> {
    let found = items(crd, "/spec/versions").iter().find(|it| text(it, "/name") == version && it["served"] == true)?;
    Some(found.pointer("/schema/openAPIV3Schema").unwrap_or(&Value::Null))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn manifests_are_read_as_kubectl_reads_them() {
        let text = "# released by hand\n---\nkind: Secret\nmetadata: {name: a}\nmode: 0644\n---\n";
        assert_eq!(parse(text), Ok(vec![json!({"kind": "Secret", "metadata": {"name": "a"}, "mode": 420})]));
        let item = |name: &str| json!({"kind": "Secret", "metadata": {"name": name}});
        let within = json!({"kind": "SecretList", "items": [item("b")]});
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [item("a"), within, {"kind": "List"}]});
        assert_eq!(parse(&list.to_string()), Ok(vec![item("a"), item("b")]));
        let twice = parse("kind: Secret\nkind: Secret\n").unwrap_err();
        assert_eq!(twice, "cannot be read as YAML: line 2, column 1: the key \"kind\" stands twice in one mapping");
    }
}
