use pyo3::prelude::*;
use pyo3::types::PyMapping;
use serde::Serialize;
use serde_json::Value;

use super::errors::{self, Raised};

/// What a mapping says as JSON. The Python module `_plain` says which Python values a configuration may hold.
pub(super) fn from_python(mapping: &Bound<'_, PyMapping>) -> PyResult<Value> {
    let text = mapping.py().import("agent_sandbox_bench._plain")?.call_method1("to_json", (mapping,))?;
    serde_json::from_str(text.extract()?).map_err(|error| errors::config(&error.to_string(), ""))
}

/// What JSON says of `value`, as Python holds it.
pub(super) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    from_json(py, &to_json(value)?)
}

/// `value` as JSON text.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, Raised> {
    Ok(serde_json::to_string(value).map_err(|error| errors::other(error.to_string()))?)
}

/// `value`, an object, as JSON text with one more field.
pub(super) fn to_json_with(value: &impl Serialize, field: &str, what: impl Into<Value>) -> Result<String, Raised> {
    let mut object = serde_json::to_value(value).map_err(|error| errors::other(error.to_string()))?;
    object[field] = what.into();
    to_json(&object)
}

/// JSON text, as Python holds it.
pub(super) fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (text,))
}
