use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command line `argv`, whose first item is the program's name; returns its exit code.
#[pyfunction]
pub(super) fn main(py: Python<'_>, argv: Vec<OsString>) -> i32 {
    py.detach(|| agent_sandbox_bench::cli::main(argv))
}
