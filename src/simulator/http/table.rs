//! Objects as the rows `kubectl get` prints.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cells::{age, find};
use super::columns::{self, CellSource, TableColumn};
use super::context::Call;
use crate::kinds::{Column, Kind};
use crate::store::Object;

/// Whether the client asks for a table first.
pub fn wanted(accept: &str) -> bool {
    accept.split(',').next().is_some_and(|first| first.contains("as=Table"))
}

/// A `Table` of objects.
pub fn table(call: &Call, objects: &[Arc<Object>], metadata: &Value) -> Value {
    let columns = columns(&call.kind, call.version());
    let definition = |column: &TableColumn| {
        let format = if column.title == "Name" { "name" } else { "" };
        json!({ "name": column.title, "type": column.format, "format": format, "description": "",
            "priority": i32::from(column.wide) })
    };
    let definitions: Vec<Value> = columns.iter().map(definition).collect();
    let include = call.query.get("includeObject").unwrap_or("Metadata");
    let rows: Vec<Value> = objects.iter().map(|object| row(call, &columns, object, include)).collect();
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions,
        "rows": rows })
}

fn row(call: &Call, columns: &[TableColumn], object: &Object, include: &str) -> Value {
    let value = call.read(object);
    let cells: Vec<Value> = columns.iter().map(|column| cell(column, &value)).collect();
    let object = match include {
        "Object" => value,
        "None" => return json!({ "cells": cells }),
        _ => json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"] }),
    };
    json!({ "cells": cells, "object": object })
}

fn cell(column: &TableColumn, object: &Value) -> Value {
    let found = match &column.source {
        CellSource::Path(path) => find(object, path),
        CellSource::Computed(how) => return how(object).into(),
    };
    match (column.format.as_str(), found) {
        ("date", Value::String(time)) => age(&time).into(),
        ("integer" | "number" | "boolean", value) => value,
        (_, Value::Null) => "".into(),
        (_, Value::String(text)) => text.into(),
        (_, other) => other.to_string().into(),
    }
}

fn columns(kind: &Kind, version: &str) -> Vec<TableColumn> {
    let defined = kind.version(version).map(|version| &*version.columns).unwrap_or_default();
    if defined.is_empty() {
        return columns::built_in(&kind.kind);
    }
    let shown = |column: &Column| TableColumn {
        title: column.title.clone(),
        format: column.format.clone(),
        wide: column.wide,
        source: CellSource::Path(column.path.clone()),
    };
    let name = Column { title: "Name".into(), format: "string".into(), path: ".metadata.name".into(), wide: false };
    std::iter::once(&name).chain(defined).map(shown).collect()
}
