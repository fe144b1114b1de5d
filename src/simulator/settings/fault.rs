use agent_sandbox_common::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that goes wrong at an instant, for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// When, from the simulator's start; in process, from the run's.
    pub at: Duration,
    /// For how long.
    #[serde(rename = "for", default = "default_length")]
    pub length: Duration,
    /// Part of the requests or events that are hit; for pauses and watch faults the chance that it happens. 0 to 1.
    #[serde(default = "default_share")]
    pub share: f64,
    /// `too_many_requests`: the Retry-After header. Default 1s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
    /// `server_error`: HTTP status, 500 to 599. Default 503.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// `latency`: added to each answer. Default 100ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add: Option<Duration>,
    /// `late_events`, `reordered_events`: how late (default 100ms); `clock_skew`: how far the server's clock is off (default 5m).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Duration>,
}

fn default_length() -> Duration {
    Duration::from_secs(1)
}

fn default_share() -> f64 {
    1.0
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with Retry-After.
    TooManyRequests,
    /// A 5xx status.
    ServerError,
    /// Answers come late.
    Latency,
    /// The connection is closed without an answer, after the request took effect or before, by turns of the seed.
    ConnectionReset,
    /// Open watches end.
    WatchDrop,
    /// Open watches stay open and say nothing.
    WatchSilence,
    /// Open watches end with 410 Gone, and older resource versions are forgotten.
    WatchGone,
    /// Events are sent twice.
    DuplicateEvents,
    /// Events are sent late.
    LateEvents,
    /// Events are sent late, and later ones overtake them.
    ReorderedEvents,
    /// The server is away: connections are closed, and nobody listens.
    ServerRestart,
    /// The controller does nothing.
    ControllerPause,
    /// The server's wall clock is off.
    ClockSkew,
    /// A node's pods stop being Ready.
    NodeLost,
    /// New pods never get their image.
    ImagePullStuck,
    /// Bearer tokens are refused.
    TokenExpired,
}
