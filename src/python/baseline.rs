use std::path::PathBuf;

use agent_sandbox_bench::run::{check_baseline, set_baseline};
use pyo3::prelude::*;

use super::call::Call;
use super::compare::options;
use super::convert;
use super::errors::Raised;

/// Stores what a comparison needs of the runs in folders; gives nothing.
#[pyfunction]
pub(super) fn baseline_set(folders: Vec<PathBuf>, file: PathBuf, force: bool) -> PyResult<Call> {
    Call::begin(Box::new(move |_| {
        set_baseline(&folders, &file, force)?;
        convert::to_json(&())
    }))
}

/// Compares the runs in folders with a baseline. `margin` and `run_spread` are percentages or fractions.
#[pyfunction]
pub(super) fn baseline_check(
    folders: Vec<PathBuf>,
    file: PathBuf,
    force: bool,
    margin: &str,
    run_spread: &str,
) -> Result<Call, Raised> {
    let options = options(margin, run_spread, force)?;
    Ok(Call::begin(Box::new(move |_| convert::to_json(&check_baseline(&folders, &file, &options)?)))?)
}
