use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::body::Body;
use super::clock::RunClock;
use super::counters::Counters;
use super::pulse::Pulse;
use super::{Names, Owner, Plan, Stop};
use crate::cluster::Requester;
use crate::config::{PushbackPolicy, Workload};

/// What the tasks of a run share: how to reach the server, what to send, and where to tell of it.
pub(super) struct Hands {
    pub clock: RunClock,
    pub names: Names,
    pub owner: Owner,
    pub plan: Plan,
    /// Create bodies, a pool each.
    pub bodies: Vec<Body>,
    /// Paths of the claims' collections, a pool each.
    pub paths: Vec<String>,
    pub creates: Requester,
    pub deletes: Requester,
    /// For the workload; its own client, since exec upgrades the connection.
    pub exec: Option<kube::Client>,
    pub workload: Workload,
    pub on_pushback: PushbackPolicy,
    pub ready_timeout_ns: i64,
    pub stop_after_failures: Option<u64>,
    pub tell: UnboundedSender<Message>,
    pub counters: Arc<Counters>,
    pub stop: Stop,
    pub pulse: Pulse,
}

/// What the tracker is told.
pub(super) enum Message {
    /// Something happened to a claim at an instant of the run.
    Claim { index: u64, at: i64, event: super::claim::Event },
    /// A closed loop starts a claim; it is told when the claim's release is answered.
    Started { index: u64, phase: usize, intended: i64, released: tokio::sync::oneshot::Sender<()> },
    /// A re-list, asked for at `asked`, showed these claims of the pool's namespace and no others.
    Listed { pool: usize, indices: std::collections::HashSet<u64>, asked: i64, at: i64 },
    /// The Sandbox of the claim with this uid is gone.
    SandboxGone { uid: Box<str>, at: i64 },
    /// A re-list of Sandboxes, asked for at `asked`, showed these claim uids and no others.
    SandboxesListed { uids: std::collections::HashSet<String>, asked: i64, at: i64 },
    /// The pacer is through; so many claims were planned.
    Paced { planned: u64 },
}

impl Hands {
    pub fn path_of(&self, index: u64) -> String {
        format!("{}/{}", self.paths[self.plan.pool_of(index)], self.names.of(index))
    }

    /// True once as many claims have failed as end the schedule.
    pub fn has_failed_enough(&self) -> bool {
        self.stop_after_failures.is_some_and(|limit| self.counters.failures.load(Ordering::Relaxed) >= limit)
    }

    pub fn say(&self, index: u64, event: super::claim::Event) {
        // The tracker is gone only when the run is.
        let _ = self.tell.send(Message::Claim { index, at: self.clock.now(), event });
    }
}

/// Waits that double from 50 ms to 2 s.
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(Duration::from_millis(50))
    }
}

impl Backoff {
    /// The next wait; a server that names one is obeyed, up to 10 s.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let own = self.0;
        self.0 = (own * 2).min(Duration::from_secs(2));
        asked.map_or(own, |asked| asked.clamp(own, Duration::from_secs(10)))
    }
}
