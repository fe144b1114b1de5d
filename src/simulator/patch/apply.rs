use agent_sandbox_common::strategic_merge::merge;
use serde_json::{Value, json};

use super::fields::{Fields, get, remove};

/// An object after an apply.
#[derive(Debug)]
pub struct Applied {
    pub object: Value,
    /// `metadata.managedFields`.
    pub managed_fields: Value,
}

/// Fields of another manager that the apply would change.
#[derive(Debug)]
pub struct Conflict {
    pub manager: String,
    pub field: String,
}

/// Lays what `manager` applies over `live`: fields it applied before and no longer does go, unless another has them too.
///
/// # Errors
/// The fields that others hold with another value, unless it is `force`d.
pub fn apply(live: &Value, applied: &Value, manager: &str, force: bool, now: &str) -> Result<Applied, Vec<Conflict>> {
    let mut entries: Vec<Entry> =
        live["metadata"]["managedFields"].as_array().into_iter().flatten().map(Entry::read).collect();
    let wanted = Fields::of(applied);
    let is_ours = |entry: &Entry| entry.manager == manager && entry.operation == "Apply";
    let mut conflicts = Vec::new();
    for entry in entries.iter_mut().filter(|entry| !is_ours(entry)) {
        let taken: Vec<_> =
            entry.fields.0.intersection(&wanted.0).filter(|p| get(live, p) != get(applied, p)).cloned().collect();
        for path in taken {
            if force {
                entry.fields.0.remove(&path);
            } else {
                conflicts.push(Conflict { manager: entry.manager.clone(), field: dotted(&path) });
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut object = live.clone();
    let before = entries.iter().position(is_ours).map(|at| entries.remove(at));
    for path in before.iter().flat_map(|entry| &entry.fields.0) {
        let held = wanted.holds(path) || entries.iter().any(|entry| entry.fields.holds(path));
        if !held {
            remove(&mut object, path);
        }
    }
    merge(&mut object, applied);
    let api_version = applied["apiVersion"].as_str().unwrap_or_default().to_owned();
    // What is applied again as it was leaves no trace, so that a repeated apply writes nothing.
    let time = before.filter(|entry| entry.fields == wanted).map_or_else(|| now.to_owned(), |entry| entry.time);
    entries.push(Entry { manager: manager.into(), operation: "Apply".into(), api_version, time, fields: wanted });
    entries.retain(|entry| !entry.fields.0.is_empty());
    Ok(Applied { object, managed_fields: entries.iter().map(Entry::write).collect::<Vec<_>>().into() })
}

/// `metadata.managedFields` after a write that is no apply: what changed is its manager's now.
pub fn note_update(live: &Value, next: &Value, manager: &str, now: &str) -> Value {
    let mut entries: Vec<Entry> =
        live["metadata"]["managedFields"].as_array().into_iter().flatten().map(Entry::read).collect();
    let changed: Vec<_> = Fields::of(next).0.into_iter().filter(|path| get(live, path) != get(next, path)).collect();
    for entry in &mut entries {
        entry.fields.0.retain(|path| get(next, path).is_some() && !changed.contains(path));
    }
    if !changed.is_empty() {
        let at = entries.iter().position(|entry| entry.manager == manager && entry.operation == "Update");
        let mut entry = at.map_or_else(Entry::default, |at| entries.remove(at));
        entry.fields.0.extend(changed);
        (entry.manager, entry.operation, entry.time) = (manager.into(), "Update".into(), now.into());
        entry.api_version = next["apiVersion"].as_str().unwrap_or_default().into();
        entries.push(entry);
    }
    entries.retain(|entry| !entry.fields.0.is_empty());
    entries.iter().map(Entry::write).collect::<Vec<_>>().into()
}

/// An entry of `metadata.managedFields`.
#[derive(Debug, Default)]
struct Entry {
    manager: String,
    operation: String,
    api_version: String,
    time: String,
    fields: Fields,
}

impl Entry {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Self {
            manager: text("manager"),
            operation: text("operation"),
            api_version: text("apiVersion"),
            time: text("time"),
            fields: Fields::from_value(&value["fieldsV1"]),
        }
    }

    fn write(&self) -> Value {
        json!({ "manager": self.manager, "operation": self.operation, "apiVersion": self.api_version, "time": self.time,
            "fieldsType": "FieldsV1", "fieldsV1": self.fields.to_value() })
    }
}

fn dotted(path: &[String]) -> String {
    let element = |element: &String| match element.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some((_, key)) => format!("[{}]", key.trim_matches(['{', '}']).replace("\":", "=").trim_start_matches('"')),
        None => format!("[{element}]"),
    };
    path.iter().map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live_after(applied: Applied) -> Value {
        let mut object = applied.object;
        object["metadata"]["managedFields"] = applied.managed_fields;
        object
    }

    #[test]
    fn what_is_no_longer_applied_goes() {
        let first =
            json!({ "apiVersion": "v1", "metadata": { "labels": { "a": "1", "b": "1" } }, "data": { "x": "1" } });
        let live = live_after(apply(&json!({ "metadata": {} }), &first, "m", false, "t").unwrap());
        let second = json!({ "apiVersion": "v1", "metadata": { "labels": { "a": "2" } } });
        let live = live_after(apply(&live, &second, "m", false, "t").unwrap());
        assert_eq!(live["metadata"]["labels"], json!({ "a": "2" }));
        assert!(live.get("data").is_none());
    }

    #[test]
    fn managed_fields_of_any_form_are_survived() {
        let fields = [
            json!({ ".": {}, "f:data": { ".": {}, "f:x": {} } }),
            json!({ "é": { "k:{": {} } }),
            json!([1]),
            json!("f"),
        ];
        for fields in fields {
            let live = json!({ "apiVersion": "v1", "data": { "x": "1", "y": "1" },
                "metadata": { "managedFields": [{ "manager": "one", "operation": "Apply", "fieldsV1": fields }, 3] } });
            let next = json!({ "apiVersion": "v1", "data": { "x": "2" } });
            let noted = note_update(&live, &next, "two", "t");
            assert_eq!(noted.as_array().unwrap().last().unwrap()["fieldsV1"], json!({ "f:data": { "f:x": {} } }));
            assert_eq!(apply(&live, &next, "two", true, "t").unwrap().object["data"], json!({ "x": "2", "y": "1" }));
            assert_eq!(apply(&live, &json!({}), "one", false, "t").unwrap().object["data"]["y"], "1");
        }
    }

    #[test]
    fn another_managers_field_is_a_conflict_until_forced() {
        let first = json!({ "apiVersion": "v1", "data": { "x": "1" } });
        let live = live_after(apply(&json!({}), &first, "one", false, "t").unwrap());
        let second = json!({ "apiVersion": "v1", "data": { "x": "2" } });
        let conflicts = apply(&live, &second, "two", false, "t").unwrap_err();
        assert_eq!((conflicts[0].manager.as_str(), conflicts[0].field.as_str()), ("one", ".data.x"));
        let live = live_after(apply(&live, &second, "two", true, "t").unwrap());
        assert_eq!(live["data"]["x"], "2");
        assert_eq!(live["metadata"]["managedFields"].as_array().unwrap().len(), 1);
    }
}
