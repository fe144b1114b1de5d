//! Objects as the rows `kubectl get` prints.

use std::sync::Arc;

use serde_json::{Value, json};

use super::columns::{self, Shown, Source};
use super::context::Call;
use crate::kinds::{Column, Kind};
use crate::store::{Object, Timestamp};

/// Whether the client asks for a table first.
pub fn wanted(accept: &str) -> bool {
    accept.split(',').next().is_some_and(|first| first.contains("as=Table"))
}

/// A `Table` of objects.
pub fn table(call: &Call, objects: &[Arc<Object>], metadata: &Value) -> Value {
    let columns = columns(&call.kind, call.version());
    let definition = |column: &Shown| {
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

fn row(call: &Call, columns: &[Shown], object: &Object, include: &str) -> Value {
    let value = call.read(object);
    let cells: Vec<Value> = columns.iter().map(|column| cell(column, &value)).collect();
    let object = match include {
        "Object" => value,
        "None" => return json!({ "cells": cells }),
        _ => json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value["metadata"] }),
    };
    json!({ "cells": cells, "object": object })
}

fn cell(column: &Shown, object: &Value) -> Value {
    let found = match &column.source {
        Source::Path(path) => find(object, path),
        Source::Reckoned(how) => return how(object).into(),
    };
    match (column.format.as_str(), found) {
        ("date", Value::String(time)) => age(&time).into(),
        ("integer" | "number" | "boolean", value) => value,
        (_, Value::Null) => "".into(),
        (_, Value::String(text)) => text.into(),
        (_, other) => other.to_string().into(),
    }
}

/// The value of a path such as `.status.conditions[?(@.type=="Ready")].status`.
pub fn find(object: &Value, path: &str) -> Value {
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

/// How long ago an instant was.
pub fn age(time: &str) -> String {
    let Ok(Timestamp(then)) = serde_json::from_value(time.into()) else { return "<unknown>".into() };
    short(jiff::Timestamp::now().as_second() - then)
}

/// A number of seconds in the largest unit that it fills twice.
pub fn short(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{}s", seconds.max(0)),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

fn columns(kind: &Kind, version: &str) -> Vec<Shown> {
    let defined = kind.version(version).map(|version| &*version.columns).unwrap_or_default();
    if defined.is_empty() {
        return columns::built_in(&kind.kind);
    }
    let shown = |column: &Column| Shown {
        title: column.title.clone(),
        format: column.format.clone(),
        wide: column.wide,
        source: Source::Path(column.path.clone()),
    };
    let name = Column { title: "Name".into(), format: "string".into(), path: ".metadata.name".into(), wide: false };
    std::iter::once(&name).chain(defined).map(shown).collect()
}
