use std::path::PathBuf;

use agent_sandbox_bench::run::write_report;
use pyo3::prelude::*;

use super::call::Call;
use super::convert;

/// Writes the page of the run, or of the search, in a folder, by default to `report.html` there; gives nothing.
#[pyfunction]
pub(super) fn report(folder: PathBuf, out: Option<PathBuf>) -> PyResult<Call> {
    Call::begin(Box::new(move |_| {
        write_report(&folder, out.as_deref())?;
        convert::to_json(&())
    }))
}
