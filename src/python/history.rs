use std::path::PathBuf;

use agent_sandbox_bench::run::write_history;
use pyo3::prelude::*;

use super::call::Call;
use super::convert;

/// Follows a figure over the runs in folders; `out` is a folder for `history.json` and the page.
#[pyfunction]
pub(super) fn history(
    folders: Vec<PathBuf>,
    figure: String,
    by: Option<String>,
    out: Option<PathBuf>,
) -> PyResult<Call> {
    Call::begin(Box::new(move |_| {
        let report = agent_sandbox_bench::run::history(&folders, &figure, by.as_deref())?;
        if let Some(out) = &out {
            write_history(&report, out)?;
        }
        convert::to_json(&report)
    }))
}
