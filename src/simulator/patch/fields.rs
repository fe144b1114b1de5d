use std::collections::BTreeSet;

use agent_sandbox_common::list_keys::key_of;
use serde_json::{Map, Value};

/// A set of fields, each by its path in the elements of `FieldsV1`: `f:spec`, `k:{"name":"a"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub BTreeSet<Vec<String>>);

/// What belongs to the server or to the object's identity, and to no manager.
const UNMANAGED: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "deletionTimestamp",
    "selfLink",
];

impl Fields {
    /// The fields an object sets.
    pub fn of(object: &Value) -> Self {
        let mut set = Self::default();
        for (name, value) in object.as_object().into_iter().flatten() {
            match name.as_str() {
                "apiVersion" | "kind" | "status" => {}
                "metadata" => {
                    let fields = value.as_object().into_iter().flatten();
                    for (name, value) in fields.filter(|(name, _)| !UNMANAGED.contains(&name.as_str())) {
                        set.add(&mut vec!["f:metadata".into(), format!("f:{name}")], name, value);
                    }
                }
                name => set.add(&mut vec![format!("f:{name}")], name, value),
            }
        }
        set
    }

    fn add(&mut self, path: &mut Vec<String>, name: &str, value: &Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    path.push(format!("f:{name}"));
                    self.add(path, name, value);
                    path.pop();
                }
            }
            Value::Array(items) if !items.is_empty() && key_of(name, items).is_some() => {
                let key = key_of(name, items).unwrap_or_default();
                for item in items {
                    path.push(format!("k:{}", serde_json::json!({ key: item[key] })));
                    self.add(path, "", item);
                    path.pop();
                }
            }
            _ => drop(self.0.insert(path.clone())),
        }
    }

    /// Whether it holds the field at `path`, or one below it.
    pub fn holds(&self, path: &[String]) -> bool {
        self.0.range(path.to_vec()..).next().is_some_and(|next| next.starts_with(path))
    }

    /// As `fieldsV1` stands on the wire.
    pub fn to_value(&self) -> Value {
        let mut root = Map::new();
        for path in &self.0 {
            let mut at = &mut root;
            for element in path {
                let next = at.entry(element.clone()).or_insert_with(|| Value::Object(Map::new()));
                at = next.as_object_mut().expect("only objects are put in");
            }
        }
        Value::Object(root)
    }

    /// Reads `fieldsV1`.
    pub fn from_value(value: &Value) -> Self {
        let mut set = Self::default();
        read(value, &mut Vec::new(), &mut set.0);
        set
    }
}

fn read(value: &Value, path: &mut Vec<String>, set: &mut BTreeSet<Vec<String>>) {
    // The element "." stands for the field that holds it, which its other fields imply.
    let mut fields = value.as_object().into_iter().flatten().filter(|(name, _)| *name != ".").peekable();
    if fields.peek().is_none() && !path.is_empty() {
        set.insert(path.clone());
    }
    for (name, value) in fields {
        path.push(name.clone());
        read(value, path, set);
        path.pop();
    }
}

/// The value at a path; an element that is malformed leads nowhere.
pub fn get<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(object, |at, element| match element.strip_prefix("f:") {
        Some(name) => at.get(name),
        None => at.as_array()?.iter().find(|item| is_meant(item, element)),
    })
}

/// Removes the value at a path, and what is empty without it.
pub fn remove(object: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first.strip_prefix("f:"), object) {
        (Some(name), Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(name).filter(|_| !rest.is_empty()) {
                remove(inner, rest);
            }
            let empty = |value: &Value| {
                value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
            };
            if rest.is_empty() || fields.get(name).is_some_and(empty) {
                fields.remove(name);
            }
        }
        (None, Value::Array(items)) => {
            if let Some(at) = items.iter().position(|item| is_meant(item, first)) {
                remove(&mut items[at], rest);
                // An item that has but its key left was this manager's alone.
                if rest.is_empty() || items[at].as_object().is_some_and(|fields| fields.len() <= 1) {
                    items.remove(at);
                }
            }
        }
        _ => {}
    }
}

/// Whether an element means this item of a list: `k:{"name":"a"}` by its key, `v:"a"` by its value.
fn is_meant(item: &Value, element: &str) -> bool {
    let (by, text) = element.split_once(':').unwrap_or_default();
    let Ok(told) = serde_json::from_str::<Value>(text) else { return false };
    match (by, told) {
        ("k", Value::Object(key)) => key.iter().all(|(name, value)| item.get(name) == Some(value)),
        ("v", value) => *item == value,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn to_the_wire_and_back() {
        let object = json!({ "metadata": { "name": "x", "labels": { "a": "1" } },
            "spec": { "containers": [{ "name": "c", "image": "i" }], "args": [1, 2] } });
        let fields = Fields::of(&object);
        assert_eq!(Fields::from_value(&fields.to_value()), fields);
        assert_eq!(fields.to_value()["f:metadata"], json!({ "f:labels": { "f:a": {} } }));
        assert!(fields.0.iter().all(|path| get(&object, path).is_some()));
    }

    #[test]
    fn reads_what_an_api_server_exports() {
        let object = json!({ "metadata": { "labels": { "a": "1" }, "finalizers": ["x", "y"] } });
        let exported = json!({ "f:metadata": {
            "f:labels": { ".": {}, "f:a": {} }, "f:finalizers": { ".": {}, "v:\"y\"": {} }, "f:annotations": { ".": {} } } });
        let fields = Fields::from_value(&exported);
        let found: Vec<_> = fields.0.iter().map(|path| get(&object, path).cloned()).collect();
        assert_eq!(found, [None, Some(json!("y")), Some(json!("1"))]);
        let mut rest = object;
        fields.0.iter().for_each(|path| remove(&mut rest, path));
        assert_eq!(rest, json!({ "metadata": { "finalizers": ["x"] } }));
    }

    #[test]
    fn a_malformed_element_leads_nowhere() {
        let object = json!({ "a": [{ "name": "b" }, 1], "": 2 });
        for odd in ["", ".", "f", "é", "x:y", "k:", "k:{", "k:[]", "v:", "i:0", "i:99", "f:a:b"] {
            let paths = [vec![odd.to_owned()], vec!["f:a".into(), odd.into()]];
            for path in paths {
                assert_eq!(get(&object, &path), None, "{odd}");
                let mut same = object.clone();
                remove(&mut same, &path);
                assert_eq!(same, object, "{odd}");
            }
        }
    }
}
