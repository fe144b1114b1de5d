use std::fmt;
use std::str::FromStr;

use agent_sandbox_common::api::FinalReason;

/// Why a claim failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailReason {
    /// Its create never reached the server, or nothing came of it.
    Connect,
    /// Somebody else deleted it.
    Deleted,
    /// The run was stopped while it waited.
    Interrupted,
    /// The runner that may have sent it is lost.
    RunnerLost,
    /// Its create was refused with this status.
    Http(u16),
    /// Its Ready condition says that the controller has given up.
    Condition(FinalReason),
}

impl fmt::Display for FailReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("connect"),
            Self::Deleted => f.write_str("deleted"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::RunnerLost => f.write_str("runner_lost"),
            Self::Http(status) => write!(f, "http_{status}"),
            Self::Condition(reason) => reason.fmt(f),
        }
    }
}

impl FromStr for FailReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let http = || text.strip_prefix("http_")?.parse().ok().map(Self::Http);
        match text {
            "connect" => Ok(Self::Connect),
            "deleted" => Ok(Self::Deleted),
            "interrupted" => Ok(Self::Interrupted),
            "runner_lost" => Ok(Self::RunnerLost),
            _ => http().or_else(|| FinalReason::of_name(text).map(Self::Condition)).ok_or(()),
        }
    }
}
