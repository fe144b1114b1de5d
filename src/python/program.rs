use std::ffi::OsString;

use agent_sandbox_bench::run::set_own_command;
use pyo3::prelude::*;

/// Remembers how this program is started from Python.
pub(super) fn remember(py: Python<'_>) -> PyResult<()> {
    let interpreter: OsString = py.import("sys")?.getattr("executable")?.extract()?;
    set_own_command(vec![interpreter, "-m".into(), "agent_sandbox_bench".into()]);
    Ok(())
}
