use serde_json::Value;

/// Strategic merge, as far as it can go without each kind's schema: maps merge, lists of named items merge by name,
/// other lists are replaced, null removes.
pub(crate) fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.remove(key);
                } else {
                    merge(into.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(into), Value::Array(patch)) if !patch.is_empty() && patch.iter().all(is_named) => {
            for item in patch {
                match into.iter_mut().find(|known| known.get("name") == item.get("name")) {
                    Some(known) => merge(known, item),
                    None => into.push(item.clone()),
                }
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}

fn is_named(item: &Value) -> bool {
    item.get("name").is_some_and(Value::is_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_merges_by_name_and_replaces_plain_lists() {
        let mut object = json!({"spec": {"containers": [{"name": "a", "args": ["1", "2"], "ports": [{"name": "p"}]}]}});
        merge(
            &mut object,
            &json!({"spec": {
                "containers": [{"name": "a", "args": ["3"]}, {"name": "b"}],
                "volumes": [{"name": "v"}]
            }}),
        );
        let expected = json!({"spec": {
            "containers": [{"name": "a", "args": ["3"], "ports": [{"name": "p"}]}, {"name": "b"}],
            "volumes": [{"name": "v"}]
        }});
        assert_eq!(object, expected);
    }
}
