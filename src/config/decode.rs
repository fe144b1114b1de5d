use std::path::Path;

use agent_sandbox_common::yaml;
use serde_json::{Map, Value};

use super::{Config, ConfigError, fit};

/// Values laid over a configuration, in order: dotted path and value.
pub type Overrides = [(String, Value)];

/// Decodes and validates a YAML (or JSON) document with `overrides` laid over it. `source` names it in errors.
///
/// # Errors
/// A [`ConfigError`] with the path of the first field at fault.
pub fn from_yaml(text: &str, source: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let refuse = |error| ConfigError::new(source.display().to_string(), format!("cannot be read as YAML: {error}"));
    let value = yaml::read(text).map_err(refuse)?;
    from_value(value, overrides)
}

/// Decodes and validates `value` with `overrides` laid over it; null is the empty configuration.
///
/// # Errors
/// A [`ConfigError`] with the path of the first field at fault.
pub fn from_value(value: Value, overrides: &Overrides) -> Result<Config, ConfigError> {
    let mut value = if value.is_null() { Value::Object(Map::new()) } else { value };
    for (path, item) in overrides {
        set(&mut value, path, item.clone())?;
    }
    fit::check(&value)?;
    let config = decode(&value)?;
    config.validate()?;
    Ok(config)
}

/// Decodes what another part of this program wrote, without validating it.
///
/// # Errors
/// As [`from_value`].
pub fn decode(value: &Value) -> Result<Config, ConfigError> {
    serde_path_to_error::deserialize(value).map_err(|error| describe(&error))
}

/// Reads `--set key.path=VALUE`: the value is YAML, and `\.` is a dot within a key.
pub fn parse_set(text: &str) -> Result<(String, Value), ConfigError> {
    let (path, value) = split_set(text, "key.path=VALUE")?;
    let value = yaml::read(value).map_err(|_| ConfigError::not_allowed(path, value, "a YAML value"))?;
    Ok((path.trim().to_owned(), value))
}

/// Reads `--set key.path=VALUE,VALUE`: the values are a YAML list without its brackets.
///
/// # Errors
/// A [`ConfigError`] for `--set`, or for the path where the values are none.
pub fn parse_set_list(text: &str) -> Result<(String, Vec<Value>), ConfigError> {
    let (path, values) = split_set(text, "key.path=VALUE,VALUE")?;
    match yaml::read(&format!("[{values}]")) {
        Ok(Value::Array(list)) if !list.is_empty() => Ok((path.trim().to_owned(), list)),
        Ok(_) | Err(_) => Err(ConfigError::not_allowed(path, values, "YAML values with commas between")),
    }
}

fn split_set<'a>(text: &'a str, allowed: &str) -> Result<(&'a str, &'a str), ConfigError> {
    text.split_once('=').ok_or_else(|| ConfigError::not_allowed("--set", text, allowed))
}

fn set(root: &mut Value, path: &str, item: Value) -> Result<(), ConfigError> {
    let mut at = root;
    for key in keys(path) {
        let got = format!("\"{key}\"");
        let wrong = |allowed: String| ConfigError::not_allowed(path, &got, allowed);
        at = match at {
            Value::Array(items) => {
                let allowed = format!("an index of the list, below {}", items.len());
                key.parse().ok().and_then(|index: usize| items.get_mut(index)).ok_or_else(|| wrong(allowed))?
            }
            Value::Object(map) => map.entry(key).or_insert(Value::Null),
            null @ Value::Null => {
                *null = Value::Object(Map::from_iter([(key.clone(), Value::Null)]));
                &mut null[key]
            }
            value => return Err(wrong(format!("no key, as {value} stands there"))),
        };
    }
    *at = item;
    Ok(())
}

/// The keys of a dotted path, where `\.` is a dot within a key.
fn keys(path: &str) -> Vec<String> {
    // No key holds a null character, which no argument of a program can.
    path.replace("\\.", "\0").split('.').map(|key| key.replace('\0', ".")).collect()
}

/// The path of what a type refused, and why. The form is right by now: only what our own types say is left to tell.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    let (path, message) = (error.path().to_string(), error.inner().to_string());
    // A type whose fields stand beside others' begins its message with the rest of the path.
    match message.strip_prefix('.').and_then(|rest| rest.split_once(": ")) {
        Some((rest, message)) => ConfigError::new(format!("{path}.{rest}"), message),
        None => ConfigError::new(path, message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Arrivals;

    fn refused(value: Value) -> String {
        from_value(value, &[]).unwrap_err().to_string()
    }

    /// Each value is refused in one line with those parts.
    fn names(cases: &[(Value, Vec<&str>)]) {
        for (value, parts) in cases {
            let error = refused(value.clone());
            assert!(parts.iter().all(|part| error.contains(part)), "{error} lacks one of {parts:?}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn names_the_field_the_value_and_what_is_allowed() {
        names(&[
            (json!({"load": {"rate": "fast"}}), vec!["load.rate", "\"fast\"", "allowed: a number"]),
            (json!({"load": {"rate": 0}}), vec!["load.rate", "0", "above 0"]),
            (json!({"load": {"rate": -1.5}}), vec!["load.rate", "-1.5"]),
            (json!({"load": {"duration": "30"}}), vec!["load.duration", "\"30\"", "ns, us, ms, s, m or h"]),
            (
                json!({"load": {"duration": 30}}),
                vec!["load.duration: got 30", "ns, us, ms, s, m or h", "did you mean 30s?"],
            ),
            (json!({"load": {"speed": 3}}), vec!["load.speed", "an unknown field", "docs/config.md"]),
            (json!({"load": {"rte": 3}}), vec!["load.rte", "rate, ", "did you mean rate?"]),
            (json!({"rate": 3}), vec!["rate", "did you mean load.rate?"]),
            (json!({"loads": {}}), vec!["loads", "an unknown field", "workload", "did you mean load?"]),
            (
                json!({"load": {"arrivals": "bursty"}}),
                vec!["load.arrivals", "\"bursty\"", "poisson", "did you mean burst?"],
            ),
            (json!({"load": {"namespace": "No_Such"}}), vec!["load.namespace", "No_Such", "a-z"]),
            (json!({"load": 3}), vec!["load", "3", "allowed: a mapping"]),
            (
                json!({"stack": {"sandbox_template": {"env": {"A": 1.1}}}}),
                vec!["env.A", "1.1", "text", "did you mean \"1.1\"?"],
            ),
            (json!([1]), vec!["got [1], allowed: a mapping with"]),
            (json!({"validity": [1]}), vec!["validity: got [1], allowed: a mapping with"]),
            (json!({"load": {"rate": "10"}}), vec!["load.rate: got \"10\", allowed: a number; did you mean 10?"]),
            (json!({"load": null}), vec!["load: got nothing, allowed: a mapping"]),
            (json!({"slo": ["fast"]}), vec!["slo[0]", "fast"]),
        ]);
    }

    #[test]
    fn names_the_field_of_a_fault_and_the_kinds_there_are() {
        names(&[
            (
                json!({"simulator": {"faults": [{"kind": "fire", "at": "1s"}]}}),
                vec!["simulator.faults[0].kind: got \"fire\"", "server_error, latency"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency", "at": "1s", "status": 500}]}}),
                vec!["simulator.faults[0].status: got an unknown field, allowed: at, ", "add"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency", "at": "1s", "shar": 0.5}]}}),
                vec!["simulator.faults[0].shar: got an unknown field", "add", "did you mean share?"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency", "at": "1s", "add": "fast"}]}}),
                vec!["simulator.faults[0].add: got \"fast\", allowed: a number and a unit"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "server_error", "at": "1s", "status": "busy"}]}}),
                vec!["simulator.faults[0].status: got \"busy\", allowed: a whole number from 0 to 65535"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "server_error", "at": "1s", "status": 404}]}}),
                vec!["simulator.faults[0].status: got 404, allowed: 500 to 599"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency"}]}}),
                vec!["simulator.faults[0].at: got nothing, allowed: a number and a unit"],
            ),
            (
                json!({"simulator": {"faults": [{"knd": "latency", "at": "1s"}]}}),
                vec!["simulator.faults[0].knd: got an unknown field", "did you mean kind?"],
            ),
            (json!({"simulator": {"faults": [3]}}), vec!["simulator.faults[0]: got 3"]),
        ]);
    }

    #[test]
    fn overrides_reach_where_nothing_stands() {
        let config = from_value(Value::Null, &[("load.rate".into(), json!(7))]).unwrap();
        assert_eq!(config.load.shape.arrivals, Arrivals::Constant { rate: Some(7.0) });
        let dotted = parse_set(r"stack.sandbox_template.labels.a\.b/c=yes-1").unwrap();
        let labels = from_value(Value::Null, &[dotted]).unwrap().stack.sandbox_template.labels;
        assert_eq!(labels.get("a.b/c").map(String::as_str), Some("yes-1"));
        let error = from_value(json!({"load": {"rate": 1}}), &[("load.rate.x".into(), json!(7))]).unwrap_err();
        assert_eq!(error.field, "load.rate.x");
    }

    #[test]
    fn a_list_of_values_is_split_at_the_commas_of_none_of_them() {
        let list = |text: &str| parse_set_list(text).map_err(|error| error.to_string());
        assert_eq!(list("load.rate=5,10.5"), Ok(("load.rate".into(), vec![json!(5), json!(10.5)])));
        let latencies = list("a.b={median: 1s, sigma: 0.2},{median: 2s}").unwrap().1;
        assert_eq!(latencies, [json!({"median": "1s", "sigma": 0.2}), json!({"median": "2s"})]);
        assert_eq!(list("slo=[x, z],[]").unwrap().1, [json!(["x", "z"]), json!([])]);
        assert_eq!(list("load.duration=1s").unwrap().1, [json!("1s")]);
        for text in ["load.rate", "load.rate=", "load.rate=[1", "load.rate=1],[2"] {
            assert!(list(text).unwrap_err().contains("allowed: "), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads_back() {
        let config = from_value(json!({"load": {"rate": 5, "hold": null}}), &[]);
        assert!(config.is_err());
        let faults =
            json!([{"kind": "latency", "at": "2s", "add": "50ms", "share": 0.5}, {"kind": "watch_drop", "at": "1s"}]);
        let config = json!({"load": {"rate": 5, "seed": u64::MAX}, "slo": ["warm_fraction>=0.5"], "simulator": {"faults": faults}});
        let config = from_value(config, &[]).unwrap();
        let text = serde_saphyr::to_string(&config).unwrap();
        assert_eq!(from_yaml(&text, Path::new("x.yaml"), &[]).unwrap(), config);
    }
}
