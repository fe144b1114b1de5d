use serde_json::Value;

/// YAML documents, for people and for `kubectl apply`.
#[must_use]
pub fn to_yaml(objects: &[Value]) -> String {
    let mut yaml = String::new();
    for object in objects {
        yaml.push_str("---\n");
        // Values hold nothing YAML cannot write.
        yaml.push_str(&serde_saphyr::to_string(object).unwrap_or_default());
    }
    yaml
}
