//! What a coordinator and a runner say to each other: JSON over HTTP/1.1.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measure::{InvalidReason, Outcomes, PoolSample};

/// Where a runner listens, on its pod's loopback: only a port-forward reaches it.
pub const PORT: u16 = 8787;
/// A runner that hears nothing for so long has lost its coordinator: it stops, and releases what it claimed.
pub const SILENCE: Duration = Duration::from_secs(15);

/// Either may take so long to send what it has begun.
pub const REQUEST_TIMEOUT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 10_000 });

/// What a runner is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Orders {
    /// Version of the coordinator, which must be the runner's.
    pub version: String,
    /// The run.
    pub run_id: String,
    /// Which runner this is.
    pub runner: u32,
    /// The run's configuration, with the runner's share of it. A `Value`, which
    /// [`crate::config::decode`] reads: a second reader of configurations would be 0.1 MB of the wheel.
    pub config: Value,
    /// The trace files that it names.
    pub traces: BTreeMap<PathBuf, String>,
}

/// The start that all runners have in common, by the clock of the one that receives this.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Start {
    /// `CLOCK_MONOTONIC`.
    pub at_ns: i64,
}

/// What a runner's clocks show.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Clocks {
    /// `CLOCK_MONOTONIC`.
    pub monotonic_ns: i64,
    /// Since the epoch.
    pub wall_ns: i64,
}

/// How far a runner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It has no orders.
    Waiting,
    /// It examines the cluster, opens connections and begins to watch.
    Preparing,
    /// All is set; it waits for the start.
    Prepared,
    /// Its schedule is played.
    Playing,
    /// It cannot do what it was told.
    Failed,
    /// All its claims are over.
    Done,
}

/// The first line of the answer to a poll; the lines behind it are claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunnerStatus {
    /// How far it is.
    pub stage: Stage,
    /// Why it failed.
    pub message: Option<String>,
    /// For the live view.
    pub counts: Counts,
    /// Sent once everything before was taken.
    pub result: Option<Box<RunnerResult>>,
}

/// What a runner counts while it plays.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Claims that came due.
    pub planned: u64,
    /// Claims handed over.
    pub sent: u64,
    /// Sent and not yet ended.
    pub in_flight: u64,
    /// Ready and not yet released.
    #[serde(default)]
    pub held: u64,
    /// Ready sandboxes of the pools.
    pub pool_ready: u64,
    /// Sandboxes they should hold.
    pub pool_wanted: u64,
}

/// What a runner says at its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunnerResult {
    /// Its claims by outcome, warm-ups too.
    pub outcomes: Outcomes,
    /// Of its share.
    pub achieved_ratio: f64,
    /// 99th percentile of its schedule lag, seconds.
    pub schedule_lag_p99_s: Option<f64>,
    /// Why its share alone is no valid measurement.
    pub invalid_reasons: Vec<InvalidReason>,
    /// CPU, seconds.
    pub cpu_s: f64,
    /// Its peak memory.
    pub max_rss_bytes: u64,
    /// All purposes.
    pub connections_opened: u64,
    /// Times a list told what a watch had missed.
    pub watch_relists: u64,
    /// For how long its machine was suspended during the run, ns.
    pub suspended_ns: i64,
    /// Most claims sent and not yet ended.
    pub peak_in_flight: u64,
    /// Most claims created and not yet released.
    pub peak_alive: u64,
    /// Claims that a last look found and removed, or why it could not look.
    pub leftovers: Result<usize, String>,
    /// Reasons of Ready=False that it does not know.
    #[serde(default)]
    pub unknown_reasons: Vec<String>,
    /// What the pools held.
    pub pools: Vec<PoolSample>,
    /// Its `latency.hlog`.
    pub histograms: String,
}
