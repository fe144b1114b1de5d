use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::FutureExt;
use tokio::sync::mpsc::UnboundedSender;

use crate::cluster::Requester;
use crate::config::{LoadObject, PlannedStep, PushbackPolicy, Workload};
use crate::load::claim::{Body, Event, Names, Owner};
use crate::load::clock::RunClock;
use crate::load::contents::Contents;
use crate::load::counters::Counters;
use crate::load::phase_lengths::PhaseLengths;
use crate::load::plan::Plan;
use crate::load::pulse::Pulse;
use crate::load::sandbox_watch::SandboxWatch;
use crate::load::stop::Stop;
use crate::load::supervisor::Supervisor;

/// What the tasks of a run share: how to reach the server, what to send, and where to report it.
pub(crate) struct Context {
    pub clock: RunClock,
    pub names: Names,
    pub owner: Owner,
    pub plan: Plan,
    pub phase_lengths: PhaseLengths,
    /// What the claims are.
    pub object: LoadObject,
    /// Create bodies, a pool each.
    pub bodies: Vec<Body>,
    /// Paths of the claims' collections, a pool each.
    pub paths: Vec<String>,
    pub creates: Requester,
    pub deletes: Requester,
    /// For the workload, where it goes through the API server; its own client, since exec upgrades the connection.
    pub exec: Option<kube::Client>,
    pub workload: Workload,
    /// Its steps.
    pub session: Vec<PlannedStep>,
    /// What they write into files.
    pub contents: Contents,
    /// Sessions that suspend their Sandbox, or resume it.
    pub sandboxes: SandboxWatch,
    /// Version of agent-sandbox's API.
    pub api_version: String,
    pub on_pushback: PushbackPolicy,
    /// Whether a claim's conditions name its own generation.
    pub own_generations: bool,
    pub ready_timeout_ns: i64,
    pub stop_after_failures: Option<u64>,
    pub tracker: UnboundedSender<Message>,
    pub counters: Arc<Counters>,
    pub stop: Stop,
    pub supervisor: Supervisor,
    pub pulse: Pulse,
}

/// A message to the tracker.
pub(crate) enum Message {
    /// Something happened to a claim at an instant of the run.
    Claim { index: u64, at: i64, event: Event },
    /// A closed loop starts a claim; `released` is sent when the claim's release is answered.
    Started { index: u64, phase: usize, intended: i64, released: tokio::sync::oneshot::Sender<()> },
    /// A re-list, asked for at `asked`, showed these claims of the pool's namespace and no others.
    Listed { pool: usize, indices: std::collections::HashSet<u64>, asked: i64, at: i64 },
    /// The Sandbox of the claim with this uid is gone; that may have been known `late` ns before `at`.
    SandboxGone { uid: Box<str>, at: i64, late: Option<i64> },
    /// A re-list of Sandboxes, asked for at `asked`, showed these claim uids and no others.
    SandboxesListed { uids: std::collections::HashSet<String>, asked: i64, at: i64 },
    /// The pacer is through; so many claims were planned, of which so many of open loops.
    Paced { planned: u64, open: u64 },
}

impl Context {
    pub fn path_of(&self, index: u64) -> String {
        format!("{}/{}", self.paths[self.plan.pool_of(index)], self.names.of(index))
    }

    /// When an open-loop claim is due, ns from the run's start; `None` where there is no such claim, and while it is not
    /// known when its phase starts.
    pub fn due(&self, index: usize) -> Option<i64> {
        let planned = *self.plan.due.get(index)?;
        let phase = self.plan.phase_of(index);
        let start = self.phase_lengths.start_ns(phase)?;
        Some(start.saturating_add(planned - self.plan.phases[phase].start_ns))
    }

    /// True once as many claims have failed as end the schedule.
    pub fn has_failed_enough(&self) -> bool {
        self.stop_after_failures.is_some_and(|limit| self.counters.failures.load(Ordering::Relaxed) >= limit)
    }

    /// True once the run knows what it is to know.
    pub fn knows_enough(&self) -> bool {
        self.counters.knows_enough.load(Ordering::Relaxed)
    }

    /// True where no further claim is sent, whatever the schedule says.
    pub fn is_ending(&self) -> bool {
        self.stop.is_stopped() || self.has_failed_enough() || self.knows_enough()
    }

    /// Starts a part of a claim's life, on the current runtime; the tracker receives how it ended. Where it panicked,
    /// that is what `lost` makes of the instant of its start.
    pub fn start(
        self: &Arc<Self>,
        task: &'static str,
        index: u64,
        part: impl Future<Output = Event> + Send + 'static,
        lost: impl Fn(i64) -> Event + Send + 'static,
    ) {
        let (context, started) = (Arc::clone(self), self.clock.now());
        let tell = move |event: Option<Event>| context.tell(index, event.unwrap_or_else(|| lost(started)));
        self.supervisor.spawn(task, self.supervisor.catch(task, part).map(tell));
    }

    /// Tells the tracker what just happened to a claim.
    pub fn tell(&self, index: u64, event: Event) {
        // The tracker is gone only when the run is.
        let _ = self.tracker.send(Message::Claim { index, at: self.clock.now(), event });
    }
}
