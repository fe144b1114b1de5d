//! Structural schemas of custom resources: defaults, pruning and what must hold. Patterns and CEL rules are the server's.

use serde_json::{Map, Value};

/// A field that cannot be as it is, in the API server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Its path.
    pub field: String,
    /// `FieldValueRequired`, `FieldValueInvalid`, ...
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
}

impl FieldFault {
    /// A field that must be there.
    pub fn required(field: impl Into<String>) -> Self {
        Self { field: field.into(), reason: "FieldValueRequired", message: "Required value".into() }
    }

    /// A field of a value that is not allowed.
    pub fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        Self { field: field.into(), reason: "FieldValueInvalid", message: format!("Invalid value: {value}: {why}") }
    }

    /// A field that the schema does not have.
    fn unknown(field: String) -> Self {
        Self { field, reason: UNKNOWN, message: "unknown field".into() }
    }
}

const UNKNOWN: &str = "FieldValueUnknown";

/// Fills in defaults, removes what the schema does not know as the API server does, and names the fields that do not fit.
#[must_use]
pub fn fit(schema: &Value, value: &mut Value) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    fit_at(schema, value, "", &mut faults);
    faults.retain(|fault| fault.reason != UNKNOWN);
    faults
}

/// The fields that do not fit the schema, or that it does not have.
#[must_use]
pub fn check(schema: &Value, value: &Value) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    fit_at(schema, &mut value.clone(), "", &mut faults);
    faults
}

fn fit_at(schema: &Value, value: &mut Value, path: &str, faults: &mut Vec<FieldFault>) {
    let before = faults.len();
    check_type(schema, value, path, faults);
    if faults.len() > before {
        return;
    }
    match value {
        Value::Object(fields) => fit_object(schema, fields, path, faults),
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            for (at, item) in items.iter_mut().enumerate() {
                fit_at(schema, item, &format!("{path}[{at}]"), faults);
            }
        }
        scalar => check_scalar(schema, scalar, path, faults),
    }
}

fn fit_object(schema: &Value, fields: &mut Map<String, Value>, path: &str, faults: &mut Vec<FieldFault>) {
    let known = schema.get("properties").and_then(Value::as_object);
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, schema) in known.into_iter().flatten() {
        if let Some(default) = schema.get("default")
            && !fields.contains_key(name)
        {
            fields.insert(name.clone(), default.clone());
        }
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if fields.get(name).is_none_or(Value::is_null) {
            faults.push(FieldFault::required(inner(name)));
        }
    }
    let others = schema.get("additionalProperties").filter(|others| others.is_object());
    let keeps = schema["x-kubernetes-preserve-unknown-fields"] == true || schema["additionalProperties"] == true;
    let closed = known.is_some() && others.is_none() && !keeps;
    if closed {
        // The root carries what every object has.
        fields.retain(|name, _| {
            let is_known = known.is_some_and(|known| known.contains_key(name)) || (path.is_empty() && is_root(name));
            if !is_known {
                faults.push(FieldFault::unknown(inner(name)));
            }
            is_known
        });
    }
    fields.retain(|name, value| {
        !value.is_null() || known.and_then(|k| k.get(name)).is_some_and(|s| s["nullable"] == true)
    });
    for (name, value) in fields.iter_mut().filter(|(name, _)| !path.is_empty() || !is_root(name)) {
        if let Some(schema) = known.and_then(|known| known.get(name)).or(others) {
            fit_at(schema, value, &inner(name), faults);
        }
    }
}

fn is_root(name: &str) -> bool {
    ["apiVersion", "kind", "metadata"].contains(&name)
}

fn check_type(schema: &Value, value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
    if schema["x-kubernetes-int-or-string"] == true || value.is_null() {
        return;
    }
    let is = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null => "null",
    };
    let wanted = schema["type"].as_str().unwrap_or(is);
    if wanted != is && !(wanted == "number" && is == "integer") {
        let message = format!("Invalid value: \"{is}\": {path} in body must be of type {wanted}: \"{is}\"");
        faults.push(FieldFault { field: path.into(), reason: "FieldValueTypeInvalid", message });
    }
}

fn check_scalar(schema: &Value, value: &Value, path: &str, faults: &mut Vec<FieldFault>) {
    let mut fault = |why: String| faults.push(FieldFault::invalid(path, value, &why));
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", allowed.join(", "));
        return faults.push(FieldFault { field: path.into(), reason: "FieldValueNotSupported", message });
    }
    if let Some(minimum) = schema["minimum"].as_f64().filter(|minimum| value.as_f64().is_some_and(|v| v < *minimum)) {
        fault(format!("{path} in body should be greater than or equal to {minimum}"));
    }
    if let Some(maximum) = schema["maximum"].as_f64().filter(|maximum| value.as_f64().is_some_and(|v| v > *maximum)) {
        fault(format!("{path} in body should be less than or equal to {maximum}"));
    }
    let length = value.as_str().map(|text| text.chars().count() as u64);
    if let Some(minimum) = schema["minLength"].as_u64().filter(|minimum| length.is_some_and(|length| length < *minimum))
    {
        fault(format!("{path} in body should be at least {minimum} chars long"));
    }
    if let Some(maximum) = schema["maxLength"].as_u64().filter(|maximum| length.is_some_and(|length| length > *maximum))
    {
        fault(format!("may not be more than {maximum} bytes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({ "type": "object", "properties": { "spec": { "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string", "minLength": 1 }, "mode": { "type": "string", "enum": ["a", "b"], "default": "a" },
            "count": { "type": "integer", "minimum": 0 } } } } })
    }

    #[test]
    fn defaults_and_pruning() {
        let mut value = json!({ "apiVersion": "v1", "spec": { "name": "x", "other": 1 } });
        assert!(fit(&schema(), &mut value).is_empty());
        assert_eq!(value, json!({ "apiVersion": "v1", "spec": { "name": "x", "mode": "a" } }));
    }

    #[test]
    fn faults_name_the_field() {
        for (spec, field) in [
            (json!({}), "spec.name"),
            (json!({ "name": "" }), "spec.name"),
            (json!({ "name": 1 }), "spec.name"),
            (json!({ "name": "x", "mode": "c" }), "spec.mode"),
            (json!({ "name": "x", "count": -1 }), "spec.count"),
        ] {
            let faults = fit(&schema(), &mut json!({ "spec": spec }));
            assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), [field]);
        }
    }

    #[test]
    fn a_check_names_unknown_fields_too_and_changes_nothing() {
        let value = json!({ "apiVersion": "v1", "spec": { "name": "x", "other": 1 }, "status": {} });
        let faults = check(&schema(), &value);
        assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["status", "spec.other"]);
    }
}
