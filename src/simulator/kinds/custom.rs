use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::{Column, Kind, Version};
use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP, ShutdownPolicy};
use agent_sandbox_common::release::Line;

/// In which the model reads agent-sandbox's objects.
const MODEL_VERSION: &str = "v1beta1";

/// What of a `CustomResourceDefinition` decides how it is served.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Definition {
    group: String,
    scope: String,
    names: Names,
    versions: Vec<VersionSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Names {
    plural: String,
    singular: String,
    kind: String,
    short_names: Vec<String>,
    categories: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VersionSpec {
    name: String,
    served: bool,
    storage: bool,
    schema: Value,
    subresources: Value,
    additional_printer_columns: Vec<ColumnSpec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ColumnSpec {
    name: String,
    #[serde(rename = "type")]
    format: String,
    json_path: String,
    priority: i32,
}

/// The row a `CustomResourceDefinition`'s spec stands for; `None` where it names no version.
pub fn custom_kind(spec: Value) -> Option<Kind> {
    let mut definition: Definition = serde_json::from_value(spec).ok()?;
    definition.versions.sort_by_key(|version| !version.storage);
    if [AGENTS_GROUP, EXTENSIONS_GROUP].contains(&&*definition.group) {
        definition.put_model_first();
    }
    let first = definition.versions.first()?;
    let has = |name: &str| first.subresources.get(name).is_some();
    let (status, scale) = (has("status"), has("scale"));
    let versions = definition.versions.iter().map(|version| version.row(&definition.group)).collect();
    let names = definition.names;
    let singular = if names.singular.is_empty() { names.kind.to_lowercase() } else { names.singular };
    Some(Kind {
        group: definition.group.into(),
        versions,
        plural: names.plural.into(),
        singular: singular.into(),
        kind: names.kind.into(),
        short_names: names.short_names,
        categories: names.categories,
        namespaced: definition.scope == "Namespaced",
        status,
        scale,
        counts_generations: true,
        review: false,
        returns_deleted: false,
        custom: true,
    })
}

impl Definition {
    /// The model reads agent-sandbox's objects in one version, whichever their CRD stores or has at all.
    fn put_model_first(&mut self) {
        let Some(stored) = self.versions.first() else { return };
        let subresources = stored.subresources.clone();
        match self.versions.iter().position(|version| version.name == MODEL_VERSION) {
            Some(at) => self.versions.swap(0, at),
            None => self
                .versions
                .insert(0, VersionSpec { name: MODEL_VERSION.into(), subresources, ..VersionSpec::default() }),
        }
    }
}

impl VersionSpec {
    fn row(&self, group: &str) -> Version {
        let columns = self.additional_printer_columns.iter().map(|column| Column {
            title: column.name.clone(),
            format: column.format.clone(),
            path: column.json_path.clone(),
            wide: column.priority > 0,
        });
        let schema = self.schema.get("openAPIV3Schema").filter(|schema| schema.is_object());
        Version {
            served: self.served,
            columns: columns.collect(),
            schema: schema.cloned().map(Arc::new),
            ..Version::new(group, &self.name)
        }
    }
}

/// The CRDs of agent-sandbox, as far as they decide what is served; schemas say only what the model reads.
pub fn custom_resource_definitions(line: Line) -> [Value; 4] {
    let versions = line.traits().versions;
    [
        definition(versions, AGENTS_GROUP, "Sandbox", "sandboxes", "sandbox"),
        definition(versions, EXTENSIONS_GROUP, "SandboxClaim", "sandboxclaims", "sandboxclaim"),
        definition(versions, EXTENSIONS_GROUP, "SandboxTemplate", "sandboxtemplates", "sandboxtemplate"),
        definition(versions, EXTENSIONS_GROUP, "SandboxWarmPool", "sandboxwarmpools", "swp"),
    ]
}

/// The schema of `spec`.
fn spec_schema(kind: &str, version: &str) -> Value {
    let anything = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let text = json!({ "type": "string", "minLength": 1 });
    let reference = json!({ "type": "object", "required": ["name"], "properties": { "name": text } });
    let template = json!({ "type": "object", "required": ["spec"] });
    let (required, properties) = match (kind, version == MODEL_VERSION) {
        ("SandboxClaim", true) => (
            json!(["warmPoolRef"]),
            claim_fields(&json!({ "warmPoolRef": reference,
            "volumeClaimTemplates": { "type": "array", "items": anything } })),
        ),
        ("SandboxClaim", false) => (
            json!(["sandboxTemplateRef"]),
            claim_fields(&json!({
            "sandboxTemplateRef": reference, "warmpool": { "type": "string" } })),
        ),
        ("SandboxWarmPool", _) => (
            json!(["sandboxTemplateRef"]),
            json!({ "sandboxTemplateRef": reference,
            "replicas": { "type": "integer", "minimum": 0, "default": 1 } }),
        ),
        ("Sandbox", true) => (
            json!(["podTemplate"]),
            json!({ "podTemplate": template,
            "operatingMode": { "type": "string", "enum": ["Running", "Suspended"], "default": "Running" } }),
        ),
        ("Sandbox", false) => (
            json!(["podTemplate"]),
            json!({ "podTemplate": template,
            "replicas": { "type": "integer", "minimum": 0, "maximum": 1, "default": 1 } }),
        ),
        _ => (json!(["podTemplate"]), json!({ "podTemplate": template })),
    };
    json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": kind != "SandboxClaim",
        "required": required, "properties": properties })
}

/// The fields that the claims of all versions have, and `more`.
fn claim_fields(more: &Value) -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let mut fields = json!({
        "lifecycle": { "type": "object", "properties": {
            "shutdownTime": { "type": "string", "format": "date-time" },
            "shutdownPolicy": { "type": "string", "enum": ShutdownPolicy::ALL },
            "ttlSecondsAfterFinished": { "type": "integer", "minimum": 0 },
        } },
        "additionalPodMetadata": { "type": "object", "properties": { "labels": texts, "annotations": texts } },
        "env": { "type": "array", "items": { "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string", "minLength": 1 }, "value": { "type": "string" },
            "containerName": { "type": "string" } } } },
    });
    let more = more.as_object().cloned().unwrap_or_default();
    fields.as_object_mut().expect("made an object").extend(more);
    fields
}

fn definition(versions: &[&str], group: &str, kind: &str, plural: &str, short_name: &str) -> Value {
    let mut subresources = json!({ "status": {} });
    if kind == "SandboxWarmPool" {
        subresources["scale"] = json!({ "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector" });
    }
    let status = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let version = |(at, name): (usize, &&str)| {
        let schema = json!({ "type": "object", "properties": { "spec": spec_schema(kind, name), "status": status } });
        json!({ "name": name, "served": true, "storage": at == 0, "deprecated": at > 0,
            "schema": { "openAPIV3Schema": schema }, "subresources": subresources,
            "additionalPrinterColumns": columns(kind) })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": { "kind": kind, "listKind": format!("{kind}List"), "plural": plural,
                "singular": kind.to_lowercase(), "shortNames": [short_name] },
            "conversion": { "strategy": if versions.len() > 1 { "Webhook" } else { "None" } },
            "versions": versions.iter().enumerate().map(version).collect::<Vec<_>>(),
        },
    })
}

fn columns(kind: &str) -> Value {
    let age = json!({ "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" });
    let ready = json!({ "name": "Ready", "type": "string",
        "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status" });
    match kind {
        "Sandbox" => json!([ready, age]),
        "SandboxClaim" => json!([
            ready, { "name": "Sandbox", "type": "string", "jsonPath": ".status.sandbox.name" }, age]),
        "SandboxWarmPool" => json!([
            { "name": "Ready", "type": "integer", "jsonPath": ".status.readyReplicas" },
            { "name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas" }, age]),
        _ => json!([age]),
    }
}
