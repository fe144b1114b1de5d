use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::words;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::config::Act;

words! {
    /// How a step of a workload is done in a sandbox.
    pub enum Way {
        /// By the API server's `exec`.
        Exec = "exec",
        /// By the runtime's own `POST /execute`.
        Execute = "execute",
        /// By the runtime's own `POST /upload`.
        WriteFile = "write_file",
        /// By the runtime's own `GET /download`.
        ReadFile = "read_file",
        /// By a request to a server in the sandbox.
        Http = "http",
        /// By a change of the Sandbox's mode.
        Suspend = "suspend",
        /// By the change back.
        Resume = "resume",
    }

    /// What went wrong with a workload that has neither a status nor an exit code.
    pub enum WorkloadFault {
        /// There is no client to run it by.
        NoClient = "no_client",
        /// The sandbox has no pod by any known name.
        NoPod = "no_pod",
        /// The sandbox's address is not known.
        NoPodIp = "no_pod_ip",
        /// The request never reached the server.
        Connect = "connect",
        /// The connection broke before the end.
        ConnectionLost = "connection_lost",
        /// It wrote more than is read.
        TooMuchOutput = "too_much_output",
        /// What came back is no answer of the runtime.
        NoAnswer = "no_answer",
        /// It ended well, and its output does not hold what was expected.
        WrongOutput = "wrong_output",
        /// The file does not hold what was written to it, or what was expected.
        WrongContent = "wrong_content",
        /// It ended well and wrote nothing.
        NoOutput = "no_output",
        /// It could not be run, or how it ended is unknown.
        Failed = "failed",
        /// It did not end in time.
        Timeout = "timeout",
    }
}

/// Why a workload failed, by the way it was run: `exec_no_pod`, `execute_http_503`, `http_503`, `exec_exit_3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadFailure {
    /// Something else than the two below.
    Fault(Way, WorkloadFault),
    /// The request was answered with this status, which is not what is wanted.
    Http(Way, u16),
    /// It ended with this code.
    Exit(Way, i64),
}

impl Way {
    /// How `act` is done; `None` of a pause.
    #[must_use]
    pub const fn of(act: &Act) -> Option<Self> {
        match act {
            Act::Exec(_) => Some(Self::Exec),
            Act::Execute(_) => Some(Self::Execute),
            Act::WriteFile(_) => Some(Self::WriteFile),
            Act::ReadFile(_) => Some(Self::ReadFile),
            Act::Http(_) => Some(Self::Http),
            Act::Think(_) => None,
            Act::Suspend => Some(Self::Suspend),
            Act::Resume => Some(Self::Resume),
        }
    }

    /// True where it runs a command.
    #[must_use]
    pub const fn is_command(self) -> bool {
        match self {
            Self::Exec | Self::Execute => true,
            Self::WriteFile | Self::ReadFile | Self::Http | Self::Suspend | Self::Resume => false,
        }
    }

    /// True where it writes or reads a file.
    #[must_use]
    pub const fn is_file(self) -> bool {
        matches!(self, Self::WriteFile | Self::ReadFile)
    }

    /// A failure of a workload that was run this way.
    #[must_use]
    pub const fn failed(self, fault: WorkloadFault) -> WorkloadFailure {
        WorkloadFailure::Fault(self, fault)
    }
}

impl WorkloadFailure {
    /// How the step was done.
    #[must_use]
    pub const fn way(self) -> Way {
        match self {
            Self::Fault(way, _) | Self::Http(way, _) | Self::Exit(way, _) => way,
        }
    }
}

impl Serialize for WorkloadFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WorkloadFailure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| de::Error::custom("no reason of this version"))
    }
}

impl fmt::Display for WorkloadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(way, fault) => write!(f, "{way}_{fault}"),
            // Not http twice.
            Self::Http(Way::Http, status) => write!(f, "http_{status}"),
            Self::Http(way, status) => write!(f, "{way}_http_{status}"),
            Self::Exit(way, code) => write!(f, "{way}_exit_{code}"),
        }
    }
}

impl FromStr for WorkloadFailure {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let of = |way: Way| Some((way, text.strip_prefix(way.name())?.strip_prefix('_')?));
        let (way, rest) = Way::ALL.into_iter().find_map(of).ok_or(())?;
        let fault = WorkloadFault::of_name(rest).map(|fault| way.failed(fault));
        let status = if way == Way::Http { Some(rest) } else { rest.strip_prefix("http_") };
        let http = || Some(Self::Http(way, status?.parse().ok()?));
        let exit = || Some(Self::Exit(way, rest.strip_prefix("exit_")?.parse().ok()?));
        fault.or_else(http).or_else(exit).ok_or(())
    }
}
