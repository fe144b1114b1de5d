use std::ffi::OsString;

use agent_sandbox_bench::run::set_python;
use pyo3::prelude::*;

/// Remembers how this program is started from Python, and from which.
pub(super) fn remember(py: Python<'_>) -> PyResult<()> {
    let interpreter: OsString = py.import("sys")?.getattr("executable")?.extract()?;
    let version = Python::version_str().split_whitespace().next().unwrap_or_default().to_owned();
    set_python(vec![interpreter, "-m".into(), "agent_sandbox_bench".into()], version);
    Ok(())
}
