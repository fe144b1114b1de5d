//! Objects as the API speaks them: JSON values, with the few fields that every kind has.

use std::fmt;

use agent_sandbox_common::api::key;
use serde_json::{Map, Value};

/// What names an object on a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// `v1`, `apps/v1` and so on.
    pub(crate) api_version: String,
    pub(crate) kind: String,
    /// `None` for what belongs to the cluster.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

impl Reference {
    pub(crate) fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
        }
    }

    pub(crate) fn of(object: &Value) -> Self {
        let namespace = text(object, "/metadata/namespace");
        let namespace = (!namespace.is_empty()).then_some(namespace);
        Self::new(text(object, "/apiVersion"), kind(object), namespace, name(object))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// The text at `pointer`, or nothing.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at `pointer`; an absent one is 0, as Go leaves zeros out.
pub(crate) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// The items of the list at `pointer`.
pub(crate) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The map at `pointer`.
pub(crate) fn map<'a>(object: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    object.pointer(pointer).and_then(Value::as_object)
}

pub(crate) fn kind(object: &Value) -> &str {
    text(object, "/kind")
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(crate) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    map(object, "/metadata/labels")?.get(key)?.as_str()
}

pub(crate) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    map(object, "/metadata/annotations")?.get(key)?.as_str()
}

/// The condition `kind` of the status.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind)
}

pub(crate) fn is_true(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

/// Whether we made it.
pub(crate) fn is_ours(object: &Value) -> bool {
    label(object, key::MANAGED_BY) == Some(key::MANAGER)
}

/// Who made it, as far as its labels and field managers tell.
pub(crate) fn owner(object: &Value) -> String {
    if let Some(release) = annotation(object, "meta.helm.sh/release-name") {
        return format!("the Helm release {release}");
    }
    if label(object, "addonmanager.kubernetes.io/mode").is_some() {
        return "an add-on of the cluster's provider".into();
    }
    if let Some(manager) = label(object, key::MANAGED_BY) {
        return manager.to_owned();
    }
    let managers: Vec<_> = items(object, "/metadata/managedFields").iter().map(|by| text(by, "/manager")).collect();
    managers.first().map_or("somebody else".into(), |manager| format!("somebody else (field manager {manager})"))
}

/// The map at `key` of `object`, made if it is not there.
pub(crate) fn child<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    &mut object[key]
}

/// Marks `object` as made by us.
pub(crate) fn mark(object: &mut Value) {
    let labels = child(child(object, "metadata"), "labels");
    *child(labels, key::MANAGED_BY) = Value::from(key::MANAGER);
}
