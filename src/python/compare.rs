use std::path::PathBuf;

use agent_sandbox_bench::config::{ConfigError, Percentage};
use agent_sandbox_bench::measure::compare::Rules;
use agent_sandbox_bench::run::{CompareOptions, compare_runs, write_comparison};
use pyo3::prelude::*;

use super::call::Call;
use super::convert;
use super::errors::Raised;

/// Compares the runs in two folders, figure by figure. `html` names a file for a page of it; `margin` and `run_spread` are
/// percentages or fractions.
#[pyfunction]
pub(super) fn compare(
    base: PathBuf,
    new: PathBuf,
    force: bool,
    html: Option<PathBuf>,
    margin: &str,
    run_spread: &str,
) -> Result<Call, Raised> {
    let options = options(margin, run_spread, force)?;
    Ok(Call::begin(Box::new(move |_| {
        let report = compare_runs(&base, &new, &options)?;
        if let Some(html) = &html {
            write_comparison(&base, &new, &report, html)?;
        }
        convert::to_json(&report)
    }))?)
}

/// What is asked of a comparison; `margin` and `run_spread` are percentages or fractions.
pub(super) fn options(margin: &str, run_spread: &str, force: bool) -> Result<CompareOptions, ConfigError> {
    let (margin, run_spread) = (fraction("margin", margin)?, fraction("run_spread", run_spread)?);
    Ok(CompareOptions { rules: Rules { margin, run_spread, ..Rules::default() }, force })
}

fn fraction(field: &str, text: &str) -> Result<f64, ConfigError> {
    text.parse().map(Percentage::fraction).map_err(|message| ConfigError::new(field, message))
}
