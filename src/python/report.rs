use std::path::PathBuf;

use pyo3::prelude::*;

use crate::run::write_report;

/// Writes the page of the run, or of the search, in a folder; returns where it is.
#[pyfunction]
pub(super) fn report(py: Python<'_>, folder: PathBuf, out: Option<PathBuf>) -> PyResult<PathBuf> {
    Ok(py.detach(|| write_report(&folder, out.as_deref()))?)
}
