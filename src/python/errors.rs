use agent_sandbox_bench::config::ConfigError;
use agent_sandbox_bench::run::RunError;
use pyo3::PyErr;

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

/// What a call raises, of whatever was wrong.
pub(super) struct Raised(PyErr);

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

impl From<Raised> for PyErr {
    fn from(raised: Raised) -> Self {
        raised.0
    }
}

impl From<ConfigError> for Raised {
    fn from(error: ConfigError) -> Self {
        Self(config(&error.to_string(), &error.field))
    }
}

impl From<RunError> for Raised {
    fn from(error: RunError) -> Self {
        Self(match error {
            RunError::Config(error) | RunError::Invalid(error) => return error.into(),
            RunError::Cluster(_) | RunError::Blocked(_) | RunError::Runners(_) => {
                python::ClusterError::new_err(error.to_string())
            }
            RunError::Stack(error) => python::StackError::new_err(error.to_string()),
            RunError::Interrupted => python::RunInterrupted::new_err(error.to_string()),
            _ => other(error.to_string()),
        })
    }
}
