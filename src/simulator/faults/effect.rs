use std::time::Duration;

use crate::settings::FaultKind;

/// What a kind of fault does, by what it is done to. The code that acts on an effect does not look at the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Request(RequestFault),
    Event(EventFault),
    Exec(ExecFault),
    Watch(WatchFault),
    /// The server's wall clock is ahead by so much.
    Clock(Duration),
    /// The server's port is closed.
    ServerAway,
    ControllerPause,
    /// Updates are refused.
    Conflict,
    NodeLost,
    /// Pods of one node start so much later.
    SlowNode(Duration),
    ImagePullStuck,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestFault {
    /// It gets 429, and this Retry-After.
    pub retry_after: Option<Duration>,
    /// It gets this 5xx status.
    pub status: Option<u16>,
    /// Its token is refused.
    pub token_expired: bool,
    /// Its answer is late.
    pub late: Option<Duration>,
    /// Its connection is closed.
    pub reset: bool,
}

/// What happens to an event of a watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFault {
    /// How late it is.
    pub late: Duration,
    /// Whether later ones do not wait for it.
    pub overtaken: bool,
    /// Whether it comes twice.
    pub twice: bool,
}

/// What happens to a command that is run by exec.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecFault {
    /// How much longer it takes.
    pub late: Duration,
    /// How it exits, where it fails.
    pub exit_code: Option<i32>,
}

/// What happens to an open watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFault {
    End,
    Silence,
    Gone,
}

impl RequestFault {
    /// Both at once; of two delays or statuses the later one's.
    pub fn and(self, later: Self) -> Self {
        Self {
            retry_after: later.retry_after.or(self.retry_after),
            status: later.status.or(self.status),
            token_expired: self.token_expired | later.token_expired,
            late: later.late.or(self.late),
            reset: self.reset | later.reset,
        }
    }
}

impl EventFault {
    /// Both at once; of two delays the longer.
    pub fn and(self, other: Self) -> Self {
        Self {
            late: self.late.max(other.late),
            overtaken: self.overtaken | other.overtaken,
            twice: self.twice | other.twice,
        }
    }
}

impl ExecFault {
    /// Both at once; of two delays the longer, of two exit codes the later one's.
    pub fn and(self, later: Self) -> Self {
        Self { late: self.late.max(later.late), exit_code: later.exit_code.or(self.exit_code) }
    }
}

impl From<FaultKind> for Effect {
    fn from(kind: FaultKind) -> Self {
        let (request, event, exec) = (RequestFault::default(), EventFault::default(), ExecFault::default());
        match kind {
            FaultKind::TooManyRequests { retry_after } => {
                Self::Request(RequestFault { retry_after: Some(retry_after.into()), ..request })
            }
            FaultKind::ServerError { status } => Self::Request(RequestFault { status: Some(status), ..request }),
            FaultKind::TokenExpired => Self::Request(RequestFault { token_expired: true, ..request }),
            FaultKind::Latency { add } => Self::Request(RequestFault { late: Some(add.into()), ..request }),
            FaultKind::ExecLatency { add } => Self::Exec(ExecFault { late: add.into(), ..exec }),
            FaultKind::ExecFailure { exit_code } => Self::Exec(ExecFault { exit_code: Some(exit_code), ..exec }),
            FaultKind::ConnectionReset => Self::Request(RequestFault { reset: true, ..request }),
            FaultKind::DuplicateEvents => Self::Event(EventFault { twice: true, ..event }),
            FaultKind::LateEvents { by } => Self::Event(EventFault { late: by.into(), ..event }),
            FaultKind::ReorderedEvents { by } => Self::Event(EventFault { late: by.into(), overtaken: true, ..event }),
            FaultKind::WatchDrop => Self::Watch(WatchFault::End),
            FaultKind::WatchSilence => Self::Watch(WatchFault::Silence),
            FaultKind::WatchGone => Self::Watch(WatchFault::Gone),
            FaultKind::ClockSkew { by } => Self::Clock(by.into()),
            FaultKind::ServerRestart => Self::ServerAway,
            FaultKind::ControllerPause => Self::ControllerPause,
            FaultKind::Conflict => Self::Conflict,
            FaultKind::NodeLost => Self::NodeLost,
            FaultKind::SlowNode { add } => Self::SlowNode(add.into()),
            FaultKind::ImagePullStuck => Self::ImagePullStuck,
        }
    }
}
