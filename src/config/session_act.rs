use agent_sandbox_common::words;
use schemars::JsonSchema;

use super::Duration;
use super::session_file::{ReadFile, WriteFile};
use super::session_http::HttpRequest;

words! {
    /// What a step does.
    #[derive(JsonSchema)]
    pub enum StepKind {
        /// Runs a command in the sandbox through the API server, as `workload.exec`.
        Exec = "exec",
        /// Sends a command to the runtime's HTTP port 8888, as `workload.execute`.
        Execute = "execute",
        /// Writes a file through the runtime's `POST /upload`.
        WriteFile = "write_file",
        /// Reads a file through the runtime's `GET /download`, and compares each byte.
        ReadFile = "read_file",
        /// Sends a request to a server in the sandbox.
        Http = "http",
        /// Waits, and has no figures.
        Think = "think",
        /// Suspends the Sandbox; ends when it says that its pod is gone.
        Suspend = "suspend",
        /// Resumes the Sandbox; ends when it is Ready again.
        Resume = "resume",
    }
}

/// What a step does, with what it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Run a command through the API server.
    Exec(Command),
    /// Send a command to the runtime.
    Execute(Command),
    /// Write a file.
    WriteFile(WriteFile),
    /// Read a file.
    ReadFile(ReadFile),
    /// Send a request.
    Http(HttpRequest),
    /// Wait.
    Think(Duration),
    /// Suspend the Sandbox.
    Suspend,
    /// Resume it.
    Resume,
}

/// A command, run by `/bin/sh -c`, and what it must print.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Command {
    /// The command.
    pub text: String,
    /// Text that the output must hold.
    pub expect: Option<String>,
}

impl Act {
    /// Its word.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::Exec(_) => StepKind::Exec,
            Self::Execute(_) => StepKind::Execute,
            Self::WriteFile(_) => StepKind::WriteFile,
            Self::ReadFile(_) => StepKind::ReadFile,
            Self::Http(_) => StepKind::Http,
            Self::Think(_) => StepKind::Think,
            Self::Suspend => StepKind::Suspend,
            Self::Resume => StepKind::Resume,
        }
    }

    /// The command that it runs, where it runs one.
    #[must_use]
    pub const fn command(&self) -> Option<&Command> {
        match self {
            Self::Exec(command) | Self::Execute(command) => Some(command),
            Self::WriteFile(_) | Self::ReadFile(_) | Self::Http(_) | Self::Think(_) | Self::Suspend | Self::Resume => {
                None
            }
        }
    }

    /// Whether it asks something of a server in the sandbox.
    #[must_use]
    pub const fn asks_server(&self) -> bool {
        match self {
            Self::Execute(_) | Self::WriteFile(_) | Self::ReadFile(_) | Self::Http(_) => true,
            Self::Exec(_) | Self::Think(_) | Self::Suspend | Self::Resume => false,
        }
    }

    /// Whether it needs a Sandbox that runs.
    #[must_use]
    pub const fn needs_pod(&self) -> bool {
        self.asks_server() || matches!(self, Self::Exec(_))
    }
}
