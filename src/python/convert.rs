use pyo3::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::errors;

/// A Python value of dicts, lists, strings and numbers; paths become strings.
pub(super) fn from_python(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = value.py();
    let options = pyo3::types::PyDict::new(py);
    options.set_item("default", py.import("os")?.getattr("fspath")?)?;
    options.set_item("allow_nan", false)?;
    let text = py.import("json")?.call_method("dumps", (value,), Some(&options))?;
    serde_json::from_str(text.extract()?).map_err(|error| errors::config(&error.to_string(), ""))
}

/// What JSON says of `value`, as Python holds it.
pub(super) fn to_python<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| errors::other(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}
