use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::list_keys::key_of;

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
    let fields = value.as_object().filter(|fields| !fields.is_empty());
    let Some(fields) = fields else {
        if !path.is_empty() {
            set.insert(path.clone());
        }
        return;
    };
    for (name, value) in fields {
        path.push(name.clone());
        read(value, path, set);
        path.pop();
    }
}

/// The value at a path.
pub fn get<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(object, |at, element| match element.split_at(2) {
        ("f:", name) => at.get(name),
        (_, key) => at.as_array()?.iter().find(|item| matches_key(item, key)),
    })
}

/// Removes the value at a path, and what is empty without it.
pub fn remove(object: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    match (first.split_at(2), object) {
        (("f:", name), Value::Object(fields)) => {
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
        ((_, key), Value::Array(items)) => {
            if let Some(at) = items.iter().position(|item| matches_key(item, key)) {
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

fn matches_key(item: &Value, key: &str) -> bool {
    let key: Value = serde_json::from_str(key).unwrap_or_default();
    key.as_object().is_some_and(|key| key.iter().all(|(name, value)| item.get(name) == Some(value)))
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
}
