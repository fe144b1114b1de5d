use pyo3::PyErr;

use crate::config::ConfigError;
use crate::run::RunError;
use crate::simulator::SimulatorError;
use crate::stack::StackError;

/// The exceptions themselves are Python's: a stable ABI of 3.11 cannot subclass exceptions natively.
mod python {
    use pyo3::import_exception;

    import_exception!(agent_sandbox_bench._errors, AgentSandboxBenchError);
    import_exception!(agent_sandbox_bench._errors, ClusterError);
    import_exception!(agent_sandbox_bench._errors, ConfigError);
    import_exception!(agent_sandbox_bench._errors, RunInterrupted);
    import_exception!(agent_sandbox_bench._errors, StackError);
}

/// A `ConfigError` about `field`.
pub(super) fn config(message: &str, field: &str) -> PyErr {
    python::ConfigError::new_err((message.to_owned(), field.to_owned()))
}

/// An `AgentSandboxBenchError` of no closer kind.
pub(super) fn other(message: impl Into<String>) -> PyErr {
    python::AgentSandboxBenchError::new_err(message.into())
}

/// A `RunInterrupted`.
pub(super) fn interrupted(message: &str) -> PyErr {
    python::RunInterrupted::new_err(message.to_owned())
}

impl From<ConfigError> for PyErr {
    fn from(error: ConfigError) -> Self {
        config(&error.to_string(), &error.field)
    }
}

impl From<SimulatorError> for PyErr {
    fn from(error: SimulatorError) -> Self {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        other(format!("{error}{cause}"))
    }
}

impl From<RunError> for PyErr {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Config(error) => error.into(),
            RunError::Simulator(error) => error.into(),
            RunError::Cluster(_)
            | RunError::Blocked(_)
            | RunError::Runners(_)
            | RunError::Stack(StackError::Cluster { .. }) => python::ClusterError::new_err(error.to_string()),
            RunError::Stack(error) => python::StackError::new_err(error.to_string()),
            RunError::Interrupted => interrupted(&error.to_string()),
            RunError::Report(_) | RunError::Page(_) | RunError::Start(_) => other(error.to_string()),
        }
    }
}
