use std::path::PathBuf;

use agent_sandbox_bench::run::{check_baseline, set_baseline};
use pyo3::prelude::*;

use super::compare::options;
use super::convert;
use super::errors::Raised;

/// Stores what a comparison needs of the runs in folders.
#[pyfunction]
pub(super) fn baseline_set(py: Python<'_>, folders: Vec<PathBuf>, file: PathBuf, force: bool) -> Result<(), Raised> {
    Ok(py.detach(|| set_baseline(&folders, &file, force))?)
}

/// Compares the runs in folders with a baseline. `margin` and `run_spread` are percentages or fractions.
#[pyfunction]
pub(super) fn baseline_check<'py>(
    py: Python<'py>,
    folders: Vec<PathBuf>,
    file: PathBuf,
    force: bool,
    margin: &str,
    run_spread: &str,
) -> Result<Bound<'py, PyAny>, Raised> {
    let options = options(margin, run_spread, force)?;
    let report = py.detach(|| check_baseline(&folders, &file, &options))?;
    Ok(convert::to_python(py, &report)?)
}
