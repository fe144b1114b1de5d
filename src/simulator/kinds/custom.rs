use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::{Column, Kind, Version};
use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP, ShutdownPolicy};

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
        custom: true,
    })
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

/// The CRDs of agent-sandbox v0.5, as far as they decide what is served; schemas say only what the model reads.
pub fn custom_resource_definitions() -> [Value; 4] {
    let anything = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let text = json!({ "type": "string", "minLength": 1 });
    let reference = json!({ "type": "object", "required": ["name"], "properties": { "name": text } });
    let template = json!({ "type": "object", "required": ["spec"] });
    let replicas = json!({ "type": "integer", "minimum": 0, "default": 1 });
    let lifecycle = json!({ "type": "object", "properties": {
        "shutdownTime": { "type": "string", "format": "date-time" },
        "shutdownPolicy": { "type": "string", "enum": ShutdownPolicy::ALL },
        "ttlSecondsAfterFinished": { "type": "integer", "minimum": 0 },
    }});
    [
        definition(
            AGENTS_GROUP,
            "Sandbox",
            "sandboxes",
            &["sandbox"],
            &json!({
            "required": ["podTemplate"],
            "properties": { "podTemplate": template,
                "operatingMode": { "type": "string", "enum": ["Running", "Suspended"], "default": "Running" } }}),
        ),
        definition(
            EXTENSIONS_GROUP,
            "SandboxClaim",
            "sandboxclaims",
            &["sandboxclaim"],
            &json!({
            "x-kubernetes-preserve-unknown-fields": false,
            "required": ["warmPoolRef"], "properties": { "warmPoolRef": reference, "lifecycle": lifecycle,
                "additionalPodMetadata": { "type": "object", "properties": { "labels": texts, "annotations": texts } },
                "env": { "type": "array", "items": { "type": "object", "required": ["name"],
                    "properties": { "name": text, "value": { "type": "string" }, "containerName": { "type": "string" } } } },
                "volumeClaimTemplates": { "type": "array", "items": anything } }}),
        ),
        definition(
            EXTENSIONS_GROUP,
            "SandboxTemplate",
            "sandboxtemplates",
            &["sandboxtemplate"],
            &json!({
            "required": ["podTemplate"], "properties": { "podTemplate": template }}),
        ),
        definition(
            EXTENSIONS_GROUP,
            "SandboxWarmPool",
            "sandboxwarmpools",
            &["swp"],
            &json!({
            "required": ["sandboxTemplateRef"],
            "properties": { "sandboxTemplateRef": reference, "replicas": replicas }}),
        ),
    ]
}

fn definition(group: &str, kind: &str, plural: &str, short_names: &[&str], spec: &Value) -> Value {
    let mut subresources = json!({ "status": {} });
    if kind == "SandboxWarmPool" {
        subresources["scale"] = json!({ "specReplicasPath": ".spec.replicas",
            "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector" });
    }
    let mut body = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    body.as_object_mut().expect("made an object").extend(spec.as_object().cloned().unwrap_or_default());
    let schema = |spec: Value| {
        json!({ "openAPIV3Schema": { "type": "object", "properties": { "spec": spec,
            "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } } } })
    };
    let anything = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let columns = columns(kind);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": { "kind": kind, "listKind": format!("{kind}List"), "plural": plural,
                "singular": kind.to_lowercase(), "shortNames": short_names },
            "conversion": { "strategy": "None" },
            "versions": [
                { "name": "v1alpha1", "served": true, "storage": false, "deprecated": true,
                  "schema": schema(anything), "subresources": subresources },
                { "name": "v1beta1", "served": true, "storage": true, "schema": schema(body),
                  "subresources": subresources, "additionalPrinterColumns": columns },
            ],
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
