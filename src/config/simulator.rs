use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Duration;

/// The embedded Kubernetes API with a model of the agent-sandbox controller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Simulator {
    /// Seed of every service time and fault. Default random, and recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// True: no CRDs, controller, template or pool stand at the start.
    pub empty: bool,
    /// Claims the controller works on at once; more wait in its queue.
    pub claim_workers: u32,
    /// Time a worker takes to bind a pooled sandbox.
    pub warm_latency: Latency,
    /// Time from a cold Sandbox's creation to its Ready.
    pub cold_latency: Latency,
    /// Sandboxes per second the pool can be refilled with, after slow start.
    pub refill: f64,
    /// The nodes that carry the pods.
    pub nodes: Nodes,
    /// Serve TLS with a certificate authority made at the start.
    pub tls: bool,
    /// The command that every exec into a pod runs.
    pub exec: Exec,
    /// API Priority and Fairness. Default: every request is served at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fairness: Option<Fairness>,
    /// What goes wrong, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl Default for Simulator {
    fn default() -> Self {
        Self {
            seed: None,
            empty: false,
            claim_workers: 50,
            warm_latency: Latency::of_median(Duration::from_millis(5)),
            cold_latency: Latency::of_median(Duration::from_secs(1)),
            refill: 2000.0,
            nodes: Nodes::default(),
            tls: false,
            exec: Exec::default(),
            fairness: None,
            faults: Vec::new(),
        }
    }
}

/// A service time: a distribution around a median.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Half of the times are below it.
    pub median: Duration,
    /// Shape around the median.
    #[serde(default)]
    pub distribution: Distribution,
    /// `lognormal`: standard deviation of the logarithm. The others ignore it.
    #[serde(default = "default_sigma")]
    pub sigma: f64,
}

impl Latency {
    /// The default distribution around `median`.
    #[must_use]
    pub fn of_median(median: Duration) -> Self {
        Self { median, distribution: Distribution::default(), sigma: default_sigma() }
    }
}

fn default_sigma() -> f64 {
    0.25
}

/// Shape of a service time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Right-skewed, as service times are.
    #[default]
    Lognormal,
    /// Memoryless.
    Exponential,
    /// Always the median.
    Constant,
    /// From 0 to twice the median.
    Uniform,
}

/// The simulated nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nodes {
    /// How many.
    pub count: u32,
    /// Pods each can carry.
    pub pods: u32,
}

impl Default for Nodes {
    fn default() -> Self {
        Self { count: 100, pods: 250 }
    }
}

/// The command modelled for exec into a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exec {
    /// What it prints. Default: what `echo` would, and nothing for other commands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How it exits.
    pub exit_code: i32,
    /// How long it takes.
    pub duration: Duration,
}

/// One priority level for all requests, as API Priority and Fairness serves it: seats, and queues for who finds none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fairness {
    /// Requests that are worked on at once, 1 to 600.
    pub seats: u32,
    /// Queues; each user waits in 8 of them at most.
    pub queues: u32,
    /// Requests that may wait in one queue; further ones get 429 with Retry-After.
    pub queue_length: u32,
    /// How long a request holds its seat, to the millisecond.
    pub seat_time: Duration,
}

impl Default for Fairness {
    fn default() -> Self {
        Self { seats: 49, queues: 128, queue_length: 50, seat_time: Duration::from_millis(10) }
    }
}

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
