use std::path::Path;

use agent_sandbox_common::yaml;
use serde_json::{Map, Value};

use super::{Config, ConfigError};

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
    if !value.is_object() {
        return Err(ConfigError::new("", "the configuration is no mapping, allowed: load, stack, workload and so on"));
    }
    let config: Config = serde_path_to_error::deserialize(&value).map_err(|error| describe(&value, &error))?;
    config.validate()?;
    Ok(config)
}

/// Reads `--set key.path=VALUE`: the value is YAML, and `\.` is a dot within a key.
pub fn parse_set(text: &str) -> Result<(String, Value), ConfigError> {
    let (path, value) =
        text.split_once('=').ok_or_else(|| ConfigError::not_allowed("--set", text, "key.path=VALUE"))?;
    let value = yaml::read(value).map_err(|_| ConfigError::not_allowed(path, value, "a YAML value"))?;
    Ok((path.trim().to_owned(), value))
}

fn set(root: &mut Value, path: &str, item: Value) -> Result<(), ConfigError> {
    let mut at = root;
    for key in keys(path) {
        let wrong = || ConfigError::new(path, format!("has nothing to set below \"{key}\""));
        at = match at {
            Value::Array(items) => {
                let index: usize = key.parse().map_err(|_| wrong())?;
                items.get_mut(index).ok_or_else(wrong)?
            }
            Value::Object(map) => map.entry(key).or_insert(Value::Null),
            null @ Value::Null => {
                *null = Value::Object(Map::new());
                null.as_object_mut().ok_or_else(wrong)?.entry(key).or_insert(Value::Null)
            }
            _ => return Err(wrong()),
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

/// Serde's words, the path, and the value that stands there.
fn describe(root: &Value, error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    let (path, message) = whole_path(&error.path().to_string(), error.inner().to_string());
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (key, allowed) = rest.split_once('`').unwrap_or((rest, ""));
        let parent = path.strip_suffix(key).unwrap_or(&path).trim_matches('.');
        let allowed = match allowed.trim_start_matches(", expected one of ").trim_start_matches(", expected ") {
            "" => fields_at(parent),
            allowed => allowed.replace('`', ""),
        };
        let field = format!("{parent}.{key}");
        return ConfigError::new(field.trim_start_matches('.'), format!("is no field here, allowed: {allowed}"));
    }
    let field = if path == "." { String::new() } else { path };
    // Our own types already say what they got; serde's are put into the same words.
    if message.starts_with("got ") {
        return ConfigError::new(field, message);
    }
    let got = value_at(root, &field).map(ToString::to_string);
    let (what, allowed) = message.split_once(", expected ").unwrap_or((&message, ""));
    match got {
        Some(got) if !allowed.is_empty() && got.len() < 80 => ConfigError::not_allowed(field, got, plainly(allowed)),
        _ if allowed.is_empty() => ConfigError::new(field, what),
        _ => ConfigError::new(field, format!("{what}, allowed: {}", plainly(allowed))),
    }
}

/// What serde expected, without the names of Rust's types.
fn plainly(expected: &str) -> String {
    let whole = |largest: u64| format!("a whole number from 0 to {largest}");
    match expected {
        "f64" | "f32" => "a number".into(),
        "u8" => whole(u8::MAX.into()),
        "u16" => whole(u16::MAX.into()),
        "u32" => whole(u32::MAX.into()),
        "u64" | "usize" => whole(u64::MAX),
        "i32" | "i64" => "a whole number".into(),
        "a boolean" => "true or false".into(),
        "a string" => "text; a number or a truth value that is meant as text stands in quotes".into(),
        "a sequence" => "a list".into(),
        "a map" => "a mapping".into(),
        _ if expected.starts_with("struct ") => "a mapping".into(),
        _ => expected.trim_start_matches("one of ").replace('`', ""),
    }
}

/// The path and the message. A type whose fields stand beside others' begins its message with the rest of the path.
fn whole_path(path: &str, message: String) -> (String, String) {
    match message.strip_prefix('.').and_then(|rest| rest.split_once(": ")) {
        Some((rest, message)) => (format!("{path}.{rest}"), message.to_owned()),
        None => (path.to_owned(), message),
    }
}

/// The fields of the mapping at `path`, as the schema has them. Serde does not list those of a flattened struct.
fn fields_at(path: &str) -> String {
    let schema = schemars::schema_for!(Config).to_value();
    let mut at = &schema;
    for key in path.split(['.', '[']).filter(|key| !key.is_empty()) {
        at = if key.ends_with(']') { &at["items"] } else { &at["properties"][key] };
        let definition = at["$ref"].as_str().and_then(|name| name.strip_prefix('#'));
        at = definition.and_then(|name| schema.pointer(name)).unwrap_or(at);
    }
    let fields = at["properties"].as_object().into_iter().flatten();
    fields.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn value_at<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = root;
    for key in path.split(['.', '[']).filter(|key| !key.is_empty()) {
        at = match key.strip_suffix(']') {
            Some(index) => at.get(index.parse::<usize>().ok()?)?,
            None => at.get(key)?,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Arrivals;

    fn refused(value: Value) -> String {
        from_value(value, &[]).unwrap_err().to_string()
    }

    #[test]
    fn names_the_field_the_value_and_what_is_allowed() {
        let cases = [
            (json!({"load": {"rate": "fast"}}), vec!["load.rate", "\"fast\"", "allowed: a number"]),
            (json!({"load": {"rate": 0}}), vec!["load.rate", "0", "above 0"]),
            (json!({"load": {"rate": -1.5}}), vec!["load.rate", "-1.5"]),
            (json!({"load": {"duration": "30"}}), vec!["load.duration", "\"30\"", "ns, us, ms, s, m or h"]),
            (json!({"load": {"duration": 30}}), vec!["load.duration", "30", "ns, us, ms, s, m or h"]),
            (json!({"load": {"speed": 3}}), vec!["load.speed", "no field", "max_in_flight"]),
            (json!({"loads": {}}), vec!["loads", "no field", "workload"]),
            (json!({"load": {"arrivals": "bursty"}}), vec!["load.arrivals", "\"bursty\"", "poisson"]),
            (json!({"load": {"namespace": "No_Such"}}), vec!["load.namespace", "No_Such", "a-z"]),
            (json!({"load": 3}), vec!["load", "3", "allowed: a mapping"]),
            (json!({"stack": {"sandbox_template": {"env": {"A": 1.1}}}}), vec!["env.A", "1.1", "text", "quotes"]),
            (json!([1]), vec!["no mapping"]),
            (json!({"slo": ["fast"]}), vec!["slo[0]", "fast"]),
            (
                json!({"simulator": {"faults": [{"kind": "fire", "at": "1s"}]}}),
                vec!["simulator.faults[0].kind: got \"fire\"", "watch_drop"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency", "at": "1s", "status": 500}]}}),
                vec!["simulator.faults[0].status: is no field of kind \"latency\"", "500", "allowed: at,", "add"],
            ),
            (
                json!({"simulator": {"faults": [{"kind": "latency", "at": "1s", "shar": 0.5}]}}),
                vec!["simulator.faults[0].shar: is no field of kind \"latency\"", "0.5", "share", "add"],
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
            (json!({"simulator": {"faults": [{"kind": "latency"}]}}), vec!["simulator.faults[0]: missing field `at`"]),
            (json!({"simulator": {"faults": [3]}}), vec!["simulator.faults[0]: got 3"]),
        ];
        for (value, parts) in cases {
            let error = refused(value);
            for part in parts {
                assert!(error.contains(part), "{error} lacks {part}");
            }
            assert_eq!(error.lines().count(), 1, "{error}");
        }
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
