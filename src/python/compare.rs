use std::path::PathBuf;

use pyo3::prelude::*;
use serde_json::Value;

use super::{convert, errors};
use crate::run::compare_runs;

/// Compares the runs in two folders, figure by figure; `regressed` where one is worse beyond chance.
#[pyfunction]
pub(super) fn compare(py: Python<'_>, base: PathBuf, new: PathBuf, force: bool) -> PyResult<Bound<'_, PyAny>> {
    let comparison = py.detach(|| compare_runs(&base, &new, force))?;
    let mut told = serde_json::to_value(&comparison).map_err(|error| errors::other(error.to_string()))?;
    told["regressed"] = Value::Bool(comparison.has_regressed());
    convert::to_python(py, &told)
}
