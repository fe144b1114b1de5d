use pyo3::prelude::*;
use pyo3::types::PyMapping;
use serde::Serialize;
use serde_json::Value;

use super::errors;

/// What a mapping says as JSON. Which Python values a configuration may hold is Python's to say.
pub(super) fn from_python(mapping: &Bound<'_, PyMapping>) -> PyResult<Value> {
    let text = mapping.py().import("agent_sandbox_bench._plain")?.call_method1("to_json", (mapping,))?;
    serde_json::from_str(text.extract()?).map_err(|error| errors::config(&error.to_string(), ""))
}

/// What JSON says of `value`, as Python holds it.
pub(super) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| errors::other(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}
