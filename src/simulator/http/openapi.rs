//! `OpenAPI`, as far as clients need it: which kinds there are, and that fields are validated by the server.

use serde_json::{Map, Value, json};

use super::protobuf::Writer;
use crate::kinds::{Kind, Version};

/// The answer to a path below `/openapi`.
pub fn document(path: &str, kinds: &[&Kind]) -> Option<Value> {
    match path {
        "v2" => Some(swagger(kinds)),
        "v3" => Some(index(kinds)),
        _ => path.strip_prefix("v3/").and_then(|path| group_version(path, kinds)),
    }
}

/// How clients ask for [`message`], and its content type, which may hold no `@`.
pub const PROTOBUF_ASKED: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
pub const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// `/openapi/v2` in protobuf, without paths and definitions. kubectl reads it for kinds that it finds nowhere else.
pub fn message() -> Vec<u8> {
    let (mut info, mut document) = (Writer::default(), Writer::default());
    info.bytes(1, b"Kubernetes");
    info.bytes(2, b"v1.33.0");
    document.bytes(1, b"2.0");
    document.bytes(2, &info.0);
    document.0
}

fn served<'a>(kinds: &[&'a Kind]) -> impl Iterator<Item = (&'a Kind, &'a Version)> {
    let kinds: Vec<&Kind> = kinds.to_vec();
    kinds.into_iter().flat_map(|kind| kind.versions.iter().filter(|v| v.served).map(move |version| (kind, version)))
}

fn root(kind: &Kind, version: &Version) -> String {
    if kind.group.is_empty() { format!("api/{}", version.name) } else { format!("apis/{}", version.api_version) }
}

fn index(kinds: &[&Kind]) -> Value {
    let paths: Map<String, Value> = served(kinds)
        .map(|(kind, version)| {
            let root = root(kind, version);
            // Kinds come and go with their definitions: what a client cached must not outlive them.
            let url = format!("/openapi/v3/{root}?hash={}", served(kinds).count());
            (root, json!({ "serverRelativeURL": url }))
        })
        .collect();
    json!({ "paths": paths })
}

fn group_version(path: &str, kinds: &[&Kind]) -> Option<Value> {
    let within: Vec<(&Kind, &Version)> = served(kinds).filter(|(kind, version)| root(kind, version) == path).collect();
    if within.is_empty() {
        return None;
    }
    let paths: Map<String, Value> = within.iter().flat_map(|(kind, version)| operations(kind, version)).collect();
    let schemas: Map<String, Value> =
        within.iter().map(|(kind, version)| (name(kind, version), schema(kind, version))).collect();
    Some(json!({ "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.33.0" }, "paths": paths,
        "components": { "schemas": schemas } }))
}

fn swagger(kinds: &[&Kind]) -> Value {
    let paths: Map<String, Value> = served(kinds).flat_map(|(kind, version)| operations(kind, version)).collect();
    let definitions: Map<String, Value> =
        served(kinds).map(|(kind, version)| (name(kind, version), schema(kind, version))).collect();
    json!({ "swagger": "2.0", "info": { "title": "Kubernetes", "version": "v1.33.0" }, "paths": paths,
        "definitions": definitions })
}

fn name(kind: &Kind, version: &Version) -> String {
    let group = if kind.group.is_empty() { "core" } else { &*kind.group };
    let mut parts: Vec<&str> = group.split('.').collect();
    parts.reverse();
    format!("{}.{}.{}", parts.join("."), version.name, kind.kind)
}

fn identity(kind: &Kind, version: &Version) -> Value {
    json!({ "group": *kind.group, "version": *version.name, "kind": *kind.kind })
}

fn schema(kind: &Kind, version: &Version) -> Value {
    let mut schema = version.schema.as_deref().cloned().unwrap_or_else(|| {
        json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
            "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } } })
    });
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    for (field, format) in [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")] {
        schema["properties"][field] = json!({ "type": format });
    }
    schema["x-kubernetes-group-version-kind"] = json!([identity(kind, version)]);
    schema
}

/// The paths of a kind; `fieldValidation` tells clients to leave validation to the server.
fn operations(kind: &Kind, version: &Version) -> Vec<(String, Value)> {
    let parameter = |name: &str, place: &str| {
        json!({ "name": name, "in": place, "required": place == "path",
        "schema": { "type": "string", "uniqueItems": true } })
    };
    let options = json!([
        parameter("dryRun", "query"),
        parameter("fieldManager", "query"),
        parameter("fieldValidation", "query"),
        parameter("force", "query")
    ]);
    let operation = |action: &str, parameters: &Value| {
        json!({ "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": identity(kind, version), "parameters": parameters,
        "responses": { "200": { "description": "OK" } } })
    };
    let namespace = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
    let all = format!("/{}/{namespace}{}", root(kind, version), kind.plural);
    vec![
        (
            format!("{all}/{{name}}"),
            json!({ "get": operation("get", &json!([])), "put": operation("put", &options),
            "patch": operation("patch", &options), "delete": operation("delete", &json!([])) }),
        ),
        (all, json!({ "get": operation("list", &json!([])), "post": operation("post", &options) })),
    ]
}
