//! Objects as the rows `kubectl get` prints.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::Call;
use crate::simulator::kinds::{Column, Kind};
use crate::simulator::store::{Object, Timestamp};

/// Whether the client asks for a table first.
pub fn wanted(accept: &str) -> bool {
    accept.split(',').next().is_some_and(|first| first.contains("as=Table"))
}

/// A `Table` of objects.
pub fn table(call: &Call, objects: &[Arc<Object>], metadata: &Value) -> Value {
    let columns = columns(&call.kind, call.version());
    let name = json!({ "name": "Name", "type": "string", "format": "name", "description": "Name of the object",
        "priority": 0 });
    let definitions: Vec<Value> = std::iter::once(name)
        .chain(columns.iter().map(|column| {
            json!({ "name": column.title, "type": column.format, "format": "",
            "description": "", "priority": i32::from(column.wide) })
        }))
        .collect();
    let include = call.query.get("includeObject").unwrap_or("Metadata");
    let rows: Vec<Value> = objects.iter().map(|object| row(call, &columns, object, include)).collect();
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions,
        "rows": rows })
}

fn row(call: &Call, columns: &[Column], object: &Object, include: &str) -> Value {
    let value = call.read(object);
    let cells: Vec<Value> = std::iter::once(Value::from(&*object.metadata.name))
        .chain(columns.iter().map(|column| cell(column, &value)))
        .collect();
    let object = match include {
        "Object" => value,
        "None" => return json!({ "cells": cells }),
        _ => json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"] }),
    };
    json!({ "cells": cells, "object": object })
}

fn cell(column: &Column, object: &Value) -> Value {
    let found = find(object, &column.path);
    match (column.format.as_str(), found) {
        ("date", Value::String(time)) => age(&time).into(),
        ("integer" | "number" | "boolean", value) => value,
        (_, Value::Null) => "".into(),
        (_, Value::String(text)) => text.into(),
        (_, other) => other.to_string().into(),
    }
}

/// The value of a path such as `.status.conditions[?(@.type=="Ready")].status`; several paths with `/` between make
/// `ready/all`.
fn find(object: &Value, path: &str) -> Value {
    if let Some((ready, all)) = path.split_once('/') {
        let number = |path| find(object, path).as_u64().unwrap_or(0);
        return format!("{}/{}", number(ready), number(all)).into();
    }
    let mut at = object;
    let mut rest = path;
    while let Some(next) = rest.strip_prefix('.') {
        let end = next.find(['.', '[']).unwrap_or(next.len());
        at = &at[&next[..end]];
        rest = &next[end..];
        if let Some((condition, after)) = rest.strip_prefix("[?(@.").and_then(|rest| rest.split_once(")]")) {
            let (key, wanted) = condition.split_once("==").unwrap_or((condition, ""));
            let wanted = wanted.trim_matches(['"', '\'']);
            let items = at.as_array().into_iter().flatten();
            at = items.into_iter().find(|item| item[key.trim()] == wanted).unwrap_or(&Value::Null);
            rest = after;
        }
    }
    at.clone()
}

fn age(time: &str) -> String {
    let Ok(Timestamp(then)) = serde_json::from_value(time.into()) else { return "<unknown>".into() };
    let seconds = (jiff::Timestamp::now().as_second() - then).max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn columns(kind: &Kind, version: &str) -> Vec<Column> {
    let mut columns = kind.version(version).map(|version| version.columns.clone()).unwrap_or_default();
    if columns.is_empty() {
        let built_in: &[(&str, &str, &str)] = match &*kind.kind {
            "Namespace" => &[("Status", "string", ".status.phase")],
            "Node" => &[
                ("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
                ("Version", "string", ".status.nodeInfo.kubeletVersion"),
            ],
            "Pod" => &[
                ("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
                ("Status", "string", ".status.phase"),
                ("IP", "string", ".status.podIP"),
                ("Node", "string", ".spec.nodeName"),
            ],
            "Deployment" => &[
                ("Ready", "string", ".status.readyReplicas/.spec.replicas"),
                ("Available", "integer", ".status.availableReplicas"),
            ],
            "DaemonSet" => {
                &[("Desired", "integer", ".status.desiredNumberScheduled"), ("Ready", "integer", ".status.numberReady")]
            }
            "CustomResourceDefinition" => &[("Created At", "string", ".metadata.creationTimestamp")],
            _ => &[],
        };
        let column = |(title, format, path): &(&str, &str, &str)| Column {
            title: (*title).into(),
            format: (*format).into(),
            path: (*path).into(),
            wide: ["IP", "Node"].contains(title),
        };
        columns = built_in.iter().map(column).collect();
        let age = ("Age", "date", ".metadata.creationTimestamp");
        columns.extend((&*kind.kind != "CustomResourceDefinition").then(|| column(&age)));
    }
    columns
}
