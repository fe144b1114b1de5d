use std::time::Duration;

use crate::settings::FaultKind;

/// What a kind of fault does, by what it does it to. Who acts on one of these looks at no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Request(RequestFault),
    Event(EventFault),
    Watch(WatchFault),
    /// The server's wall clock is ahead by so much.
    Clock(Duration),
    /// The server does not listen.
    ServerAway,
    ControllerPause,
    NodeLost,
    ImagePullStuck,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestFault {
    TooManyRequests { retry_after: Duration },
    ServerError { status: u16 },
    TokenExpired,
    Delay(Duration),
    ConnectionReset,
}

/// What happens to an event of a watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFault {
    /// By how much it is late.
    pub late: Duration,
    /// Whether later ones do not wait for it.
    pub overtaken: bool,
    /// Whether it comes twice.
    pub twice: bool,
}

/// What happens to an open watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFault {
    End,
    Silence,
    Gone,
}

impl From<FaultKind> for Effect {
    fn from(kind: FaultKind) -> Self {
        let late = |by: agent_sandbox_common::Duration| EventFault { late: by.into(), ..EventFault::default() };
        match kind {
            FaultKind::TooManyRequests { retry_after } => {
                Self::Request(RequestFault::TooManyRequests { retry_after: retry_after.into() })
            }
            FaultKind::ServerError { status } => Self::Request(RequestFault::ServerError { status }),
            FaultKind::TokenExpired => Self::Request(RequestFault::TokenExpired),
            FaultKind::Latency { add } => Self::Request(RequestFault::Delay(add.into())),
            FaultKind::ConnectionReset => Self::Request(RequestFault::ConnectionReset),
            FaultKind::DuplicateEvents => Self::Event(EventFault { twice: true, ..EventFault::default() }),
            FaultKind::LateEvents { by } => Self::Event(late(by)),
            FaultKind::ReorderedEvents { by } => Self::Event(EventFault { overtaken: true, ..late(by) }),
            FaultKind::WatchDrop => Self::Watch(WatchFault::End),
            FaultKind::WatchSilence => Self::Watch(WatchFault::Silence),
            FaultKind::WatchGone => Self::Watch(WatchFault::Gone),
            FaultKind::ClockSkew { by } => Self::Clock(by.into()),
            FaultKind::ServerRestart => Self::ServerAway,
            FaultKind::ControllerPause => Self::ControllerPause,
            FaultKind::NodeLost => Self::NodeLost,
            FaultKind::ImagePullStuck => Self::ImagePullStuck,
        }
    }
}
