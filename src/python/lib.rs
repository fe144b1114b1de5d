//! The extension module `agent_sandbox_bench._native`; thin: convert, begin a call, convert back.
//!
//! What takes time is a [`call::Call`]: Python waits for it by [`wait`], or awaits it by [`bridge`]. Threads and runtimes end
//! with the call, so a process that forks between two calls (as PerfKitBenchmarker does) forks none of them.

mod ab;
mod baseline;
mod bridge;
mod call;
mod cleanup;
mod cluster;
mod command;
mod compare;
mod config;
mod convert;
mod errors;
mod export;
mod history;
mod program;
mod report;
mod run;
mod search;
mod simulator;
mod stack;
mod sweep;
mod wait;

#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    /// A simulator that starts runners starts this package again, not the interpreter alone; what is waited for is logged.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        agent_sandbox_bench::cluster::tell_by(super::stack::LOG);
        super::program::remember(module.py())
    }

    #[pymodule_export]
    use super::ab::ab;
    #[pymodule_export]
    use super::baseline::{baseline_check, baseline_set};
    #[pymodule_export]
    use super::call::Call;
    #[pymodule_export]
    use super::cleanup::cleanup;
    #[pymodule_export]
    use super::cluster::Cluster;
    #[pymodule_export]
    use super::command::main;
    #[pymodule_export]
    use super::compare::compare;
    #[pymodule_export]
    use super::config::{Config, config_schema, preset};
    #[pymodule_export]
    use super::export::export;
    #[pymodule_export]
    use super::history::history;
    #[pymodule_export]
    use super::report::report;
    #[pymodule_export]
    use super::run::run;
    #[pymodule_export]
    use super::search::search;
    #[pymodule_export]
    use super::simulator::Simulator;
    #[pymodule_export]
    use super::stack::{install, preflight, status, uninstall};
    #[pymodule_export]
    use super::sweep::sweep;
}
