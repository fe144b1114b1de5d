use std::path::PathBuf;

use agent_sandbox_bench::config::ConfigError;
use agent_sandbox_bench::report::ExportFormat;
use agent_sandbox_bench::run::export_runs;
use pyo3::prelude::*;

use super::errors::Raised;

/// The figures of the runs in folders for the program that reads them, and what is left out, a sentence each.
#[pyfunction]
pub(super) fn export(
    py: Python<'_>,
    folders: Vec<PathBuf>,
    to: &str,
    force: bool,
) -> Result<(String, Vec<String>), Raised> {
    let names = ExportFormat::ALL.map(ExportFormat::name);
    let format = ExportFormat::of_name(to).ok_or_else(|| ConfigError::not_a_word("to", to, &names))?;
    let exported = py.detach(|| export_runs(&folders, format, force))?;
    Ok((exported.text, exported.left_out))
}
