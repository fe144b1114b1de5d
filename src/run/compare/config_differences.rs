use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::config::{Config, ConfigError};
use crate::report::ConfigDifference;

/// What changes nothing of what is measured: names, seeds, where results go and how they are judged.
const IGNORED: [&str; 6] = ["run_id", "load.seed", "simulator.seed", "output", "slo", "search"];

/// The fields in which two configurations differ, in the order of their paths.
pub(in crate::run) fn config_differences(base: &Config, new: &Config) -> Vec<ConfigDifference> {
    let [base, new] = [base, new].map(fields);
    let paths: BTreeSet<&String> = base.keys().chain(new.keys()).collect();
    let value = |fields: &BTreeMap<String, Value>, path: &String| fields.get(path).cloned().unwrap_or(Value::Null);
    let differences = paths.into_iter().map(|path| ConfigDifference {
        field: path.clone(),
        base: value(&base, path),
        new: value(&new, path),
    });
    differences.filter(|difference| difference.base != difference.new).collect()
}

/// Refuses the side that `field` names where it differs in load or workload from the base.
///
/// # Errors
/// Names the fields that differ, with both values.
pub(in crate::run) fn check_alike(field: &str, differences: &[ConfigDifference]) -> Result<(), ConfigError> {
    let unlike = differences.iter().filter(|one| one.unlike_part().is_some());
    let unlike: Vec<String> = unlike.map(ConfigDifference::text).collect();
    if unlike.is_empty() {
        return Ok(());
    }
    let got = format!("a run that differs in {}", unlike.join("; "));
    Err(ConfigError::not_allowed(field, got, "runs of the same load and workload, or --force"))
}

/// Every value that is no object, by its path.
fn fields(config: &Config) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    // A configuration was read from what it is written as.
    let value = serde_json::to_value(config).unwrap_or_default();
    collect("", value, &mut fields);
    fields
}

fn collect(path: &str, value: Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        _ if IGNORED.contains(&path) => {}
        Value::Object(object) if path.is_empty() || !object.is_empty() => {
            for (key, value) in object {
                let dot = if path.is_empty() { "" } else { "." };
                collect(&format!("{path}{dot}{key}"), value, fields);
            }
        }
        value => {
            fields.insert(path.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::from_value;

    #[test]
    fn both_values_are_told_and_seeds_are_not() {
        let config = |value| from_value(value, &[]).unwrap();
        let base = config(json!({"load": {"rate": 50, "seed": 1}, "slo": ["outcomes.failed==0"]}));
        let new = config(json!({"load": {"rate": 100, "seed": 2}, "workload": {"exec": "true"}}));
        let differences = config_differences(&base, &new);
        let told: Vec<String> = differences.iter().map(ConfigDifference::text).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("load.rate: base 50") && told[0].contains(", new 100"), "{told:?}");
        assert!(told[1].starts_with("workload.exec: base not set, new "), "{told:?}");
        assert_eq!(
            differences.iter().filter_map(ConfigDifference::unlike_part).collect::<Vec<_>>(),
            ["load", "workload"]
        );
        assert!(config_differences(&base, &base).is_empty());
    }
}
