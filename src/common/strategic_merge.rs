//! Kubernetes' strategic merge patch.

use serde_json::{Map, Value};

use crate::list_keys::key_of;

/// Merges a strategic merge patch into `target`: keyed lists item by item, null removes, `$patch` and its kin obeyed.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if patch.get("$patch").is_some_and(|how| how == "replace") {
        *target = Value::Object(without_directives(patch));
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (name, value) in without_directives(patch) {
        match value {
            Value::Null => drop(fields.remove(&name)),
            Value::Array(items) => {
                let list = fields.entry(name.clone()).or_insert(Value::Array(Vec::new()));
                merge_list(&name, list, items);
            }
            value => merge(fields.entry(name).or_insert(Value::Null), &value),
        }
    }
    for (name, gone) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/")
            && let (Some(Value::Array(items)), Some(gone)) = (fields.get_mut(list), gone.as_array())
        {
            items.retain(|item| !gone.contains(item));
        }
    }
    let retained = patch.get("$retainKeys").and_then(Value::as_array);
    if let Some(retained) = retained {
        fields.retain(|name, _| retained.iter().any(|key| key == name));
    }
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    patch.iter().filter(|(name, _)| !name.starts_with('$')).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn merge_list(name: &str, list: &mut Value, patch: Vec<Value>) {
    let present = list.as_array().cloned().unwrap_or_default();
    if name == "finalizers" {
        let mut items = present;
        for item in patch {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        *list = Value::Array(items);
        return;
    }
    let replaces = patch.iter().any(|item| item["$patch"] == "replace");
    let all: Vec<Value> =
        present.iter().chain(patch.iter().filter(|item| item["$patch"] != "replace")).cloned().collect();
    let Some(key) = key_of(name, &all).filter(|_| !replaces) else {
        *list = Value::Array(patch.into_iter().filter(|item| item["$patch"] != "replace").collect());
        return;
    };
    let mut items = present;
    for item in patch {
        let at = items.iter().position(|other| other[key] == item[key]);
        match at {
            Some(at) if item["$patch"] == "delete" => drop(items.remove(at)),
            Some(at) => merge(&mut items[at], &item),
            None => items.push(item),
        }
    }
    *list = Value::Array(items);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keyed_lists_merge_and_others_are_replaced() {
        let mut target = json!({ "containers": [{ "name": "a", "image": "1" }, { "name": "b", "image": "1" }],
            "args": ["x"], "gone": 1 });
        let patch = json!({ "containers": [{ "name": "a", "image": "2" }, { "$patch": "delete", "name": "b" }],
            "args": ["y"], "gone": null });
        merge(&mut target, &patch);
        assert_eq!(target, json!({ "containers": [{ "name": "a", "image": "2" }], "args": ["y"] }));
    }
}
