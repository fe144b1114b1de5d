use std::path::PathBuf;

use agent_sandbox_bench::config::{ConfigError, Percentage};
use agent_sandbox_bench::measure::compare::Rules;
use agent_sandbox_bench::run::{CompareOptions, RunError, compare_runs, write_comparison};
use pyo3::prelude::*;

use super::{convert, errors};

/// Compares the runs in two folders, figure by figure. `html` names a file for a page of it; `margin` and `run_spread` are
/// percentages or fractions.
#[pyfunction]
pub(super) fn compare<'py>(
    py: Python<'py>,
    base: PathBuf,
    new: PathBuf,
    force: bool,
    html: Option<PathBuf>,
    margin: &str,
    run_spread: &str,
) -> Result<Bound<'py, PyAny>, errors::Raised> {
    let (margin, run_spread) = (fraction("margin", margin)?, fraction("run_spread", run_spread)?);
    let options = CompareOptions { rules: Rules { margin, run_spread, ..Rules::default() }, force };
    let report = py.detach(|| {
        let report = compare_runs(&base, &new, &options)?;
        if let Some(html) = &html {
            write_comparison(&base, &new, &report, html)?;
        }
        Ok::<_, RunError>(report)
    })?;
    Ok(convert::to_python(py, &report)?)
}

fn fraction(field: &str, text: &str) -> Result<f64, ConfigError> {
    text.parse().map(Percentage::fraction).map_err(|message| ConfigError::new(field, message))
}
