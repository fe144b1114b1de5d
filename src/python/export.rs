use std::path::PathBuf;

use agent_sandbox_bench::config::ConfigError;
use agent_sandbox_bench::report::ExportFormat;
use agent_sandbox_bench::run::export_runs;
use pyo3::prelude::*;

use super::call::Call;
use super::convert;
use super::errors::Raised;

/// The figures of the runs in folders for the program that reads them, and what is left out, a sentence each.
#[pyfunction]
pub(super) fn export(folders: Vec<PathBuf>, to: &str, force: bool) -> Result<Call, Raised> {
    let names = ExportFormat::ALL.map(ExportFormat::name);
    let format = ExportFormat::of_name(to).ok_or_else(|| ConfigError::not_a_word("to", to, &names))?;
    Ok(Call::begin(Box::new(move |_| {
        let exported = export_runs(&folders, format, force)?;
        convert::to_json(&(exported.text, exported.left_out))
    }))?)
}
