use std::path::PathBuf;

use agent_sandbox_bench::run::write_report;
use pyo3::prelude::*;

use super::errors::Raised;

/// Writes the page of the run, or of the search, in a folder; returns where it is.
#[pyfunction]
pub(super) fn report(py: Python<'_>, folder: PathBuf, out: Option<PathBuf>) -> Result<PathBuf, Raised> {
    Ok(py.detach(|| write_report(&folder, out.as_deref()))?)
}
