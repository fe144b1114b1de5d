use std::path::PathBuf;

use agent_sandbox_bench::config::ConfigError;
use agent_sandbox_bench::run::{compare_runs, write_comparison};
use pyo3::prelude::*;
use serde_json::Value;

use super::{convert, errors};

/// Compares the runs in two folders, figure by figure; `regressed` where one is worse beyond chance. `html`
/// names a file for a page of it.
#[pyfunction]
pub(super) fn compare(
    py: Python<'_>,
    base: PathBuf,
    new: PathBuf,
    force: bool,
    html: Option<PathBuf>,
) -> Result<Bound<'_, PyAny>, errors::Raised> {
    let comparison = py.detach(|| {
        let comparison = compare_runs(&base, &new, force)?;
        if let Some(html) = &html {
            write_comparison(&base, &new, &comparison, html)?;
        }
        Ok::<_, ConfigError>(comparison)
    })?;
    let mut told = serde_json::to_value(&comparison).map_err(|error| errors::other(error.to_string()))?;
    told["regressed"] = Value::Bool(comparison.has_regressed());
    Ok(convert::to_python(py, &told)?)
}
