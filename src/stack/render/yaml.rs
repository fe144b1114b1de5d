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

#[cfg(test)]
mod tests {
    use agent_sandbox_common::yaml;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        /// kubectl reads by the rules of YAML 1.1: what is text there must not become a number or a truth value.
        #[test]
        fn text_stays_text(text in prop_oneof![any::<String>(), "[-+0-9a-fxobeE._:~ynYNOoFf]{1,6}", "[0-9]{1,3}(:[0-9]{2}){1,2}"]) {
            let objects = vec![json!({ "a": text, "b": [text], text.clone(): 1 })];
            prop_assert_eq!(yaml::read_all(&to_yaml(&objects)), Ok(objects));
        }
    }
}
