use std::path::PathBuf;

use agent_sandbox_simulator::SimulatorError;
use thiserror::Error;

use crate::cluster::ClusterError;
use crate::config::ConfigError;
use crate::load::TaskPanic;
use crate::preflight::Findings;
use crate::report::ReportError;
use crate::stack::StackError;

/// A run that could not be made, or could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// Bad input; nothing was touched.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run that is not a measurement, where only measurements count; nothing was touched.
    #[error(transparent)]
    Invalid(ConfigError),
    /// The cluster cannot carry it; nothing was claimed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The results cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The run's page cannot be made.
    #[error("{0}; all other results are written")]
    Page(ConfigError),
    /// The stack cannot be installed, removed or looked at.
    #[error(transparent)]
    Stack(StackError),
    /// Preflight found what a run cannot work with.
    #[error("the cluster cannot carry this run (--force runs it anyway)\n{0}")]
    Blocked(Box<Findings>),
    /// The embedded simulator cannot start.
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    /// The controller's program on the simulator ended, or does not act. What was measured until then is written.
    #[error("the controller {} {how}\nthe end of its log, {}:\n{last}", command.display(), log.display())]
    Controller {
        /// The program.
        command: PathBuf,
        /// What became of it.
        how: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of it.
        last: String,
    },
    /// A program cannot be run.
    #[error("cannot run {}: {error}", program.display())]
    Exec {
        /// The program.
        program: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something that was asked for cannot be written; what else there is stands.
    #[error("cannot write {what}: {error}")]
    Write {
        /// What, such as a file's name.
        what: String,
        /// Why.
        error: std::io::Error,
    },
    /// A limit of this process is too low for the run; nothing was touched.
    #[error("this run needs {needed} open files, and this process may have {allowed}: raise it, ulimit -n {needed}")]
    OpenFiles {
        /// What it needs.
        needed: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// This machine gives no thread or runtime.
    #[error("cannot start: {0}; ulimit -n and ulimit -u say what this process may have")]
    Start(#[from] std::io::Error),
    /// A task of a run panicked.
    #[error("{0}; the run was stopped, and what was recorded until then is in its folder")]
    Panicked(#[from] TaskPanic),
    /// No runner got as far as the start; nothing was claimed.
    #[error("no runner could start: {0}")]
    Runners(String),
    /// Stopped before the first claim.
    #[error("interrupted before the first claim; nothing was claimed")]
    Interrupted,
}

impl RunError {
    /// The command's exit code.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Config(_) => 2,
            Self::Cluster(error) if error.is_bad_input() => 2,
            Self::Invalid(_) => 3,
            Self::Blocked(_) => 6,
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}

impl From<StackError> for RunError {
    fn from(error: StackError) -> Self {
        match error {
            StackError::Config(error) => Self::Config(error),
            StackError::Cluster(error) => Self::Cluster(error),
            error => Self::Stack(error),
        }
    }
}
