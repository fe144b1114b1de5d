use std::collections::BTreeMap;

use agent_sandbox_common::ConfigError;
use agent_sandbox_common::check::{Checked, ensure};

/// What people call a run by, such as `version: v1.2`.
pub type Labels = BTreeMap<String, String>;

/// Characters of a key, as of a Kubernetes label's.
const LONGEST_KEY: usize = 63;
const LONGEST_VALUE: usize = 200;
/// Columns that every table of runs has.
const TAKEN: [&str; 2] = ["run_id", "time"];
/// A key can then be a metric's label, a column and a setting of a benchmark, whoever reads it.
const KEY: &str = "a to z, then up to 62 of a-z, 0-9 and _, and neither run_id nor time";
const VALUE: &str = "1 to 200 characters, and no control characters";

/// Checks each key and value of `labels`, which stand at `field`.
pub(super) fn validate(field: &str, labels: &Labels) -> Checked {
    labels.iter().try_for_each(|(key, value)| check(field, key, value))
}

fn check(field: &str, key: &str, value: &str) -> Checked {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let begins = key.starts_with(|first: char| first.is_ascii_lowercase());
    let is_key = begins && key.len() <= LONGEST_KEY && key.bytes().all(allowed) && !TAKEN.contains(&key);
    ensure(is_key, field, format!("the key \"{key}\""), KEY)?;
    let is_value = (1..=LONGEST_VALUE).contains(&value.chars().count()) && !value.contains(char::is_control);
    ensure(is_value, &format!("{field}.{key}"), format!("{value:?}"), VALUE)
}

/// Reads what `--label` was given, `KEY=VALUE` each.
///
/// # Errors
/// A [`ConfigError`] for `--label`: no `=`, a key given twice, and what a configuration would not allow.
pub fn parse_labels(texts: &[String]) -> Result<Labels, ConfigError> {
    let mut labels = Labels::new();
    for text in texts {
        let refuse = |allowed: &str| ConfigError::not_allowed("--label", format!("\"{text}\""), allowed);
        let (key, value) = text.split_once('=').ok_or_else(|| refuse("KEY=VALUE, such as version=v1.2"))?;
        check("--label", key, value)?;
        if labels.insert(key.into(), value.into()).is_some() {
            return Err(refuse("each key once"));
        }
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::from_value;

    fn parse(texts: &[&str]) -> Result<Labels, String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        parse_labels(&texts).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_may_hold_what_a_branch_or_a_date_does() {
        let labels = parse(&["version=v1.2", "branch=feature/a=b", "note=für 5 €"]).unwrap();
        assert_eq!(labels["branch"], "feature/a=b");
        assert_eq!(labels.len(), 3);
        assert_eq!(parse(&[]), Ok(Labels::new()));
    }

    #[test]
    fn what_is_no_label_is_refused_with_the_rule() {
        let long = format!("{}=x", "k".repeat(64));
        let wide = format!("key={}", "ü".repeat(201));
        for (texts, parts) in [
            (vec!["version"], ["--label: got \"version\"", "KEY=VALUE"]),
            (vec!["=v1"], ["the key \"\"", "a to z"]),
            (vec!["Version=v1"], ["the key \"Version\"", "a-z, 0-9 and _"]),
            (vec!["app.kubernetes.io/name=x"], ["the key \"app.kubernetes.io/name\"", "a to z"]),
            (vec!["run_id=x"], ["the key \"run_id\"", "neither run_id nor time"]),
            (vec!["a=1", "b=2", "a=1"], ["got \"a=1\"", "each key once"]),
            (vec![&long], ["the key", "up to 62"]),
            (vec![&wide], ["--label.key", "1 to 200"]),
            (vec!["a="], ["--label.a: got \"\"", "1 to 200"]),
            (vec!["a=x\ny"], ["--label.a: got \"x\\ny\"", "no control characters"]),
        ] {
            let error = parse(&texts).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error} lacks one of {parts:?}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        assert!(parse(&[&long[1..]]).is_ok());
    }

    #[test]
    fn a_configuration_has_the_same_rule() {
        let refused = |labels| from_value(json!({"output": {"labels": labels}}), &[]).unwrap_err().to_string();
        assert!(refused(json!({"Version": "1"})).starts_with("output.labels: got the key \"Version\""));
        assert!(refused(json!({"version": ""})).starts_with("output.labels.version: got \"\""));
        assert!(refused(json!({"build": 5})).contains("did you mean \"5\"?"));
    }
}
