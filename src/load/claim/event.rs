//! What can happen to a claim, and what it wants done. Instants are ns from the run's start.

use agent_sandbox_common::api::FinalReason;

use crate::measure::{NotSentReason, StepRecord, WorkloadFailure};

/// What can happen to a claim. Instants are ns from the run's start.
#[derive(Debug, Clone)]
pub enum Event {
    /// The pacer did not hand it over, and why.
    NotSent(NotSentReason),
    /// Its create came to an end.
    Created(Create),
    /// The watch, or a re-list, showed it.
    Seen(Box<Observation>),
    /// It is gone; that may have been known `late` ns before it was seen, at most.
    Deleted {
        /// `None` where nothing is known.
        late: Option<i64>,
    },
    /// The workload ended.
    Exec(ExecResult),
    /// Its delete came to an end.
    Released(Release),
    /// Its Sandbox is gone; `late` as of [`Event::Deleted`].
    CapacityBack {
        /// `None` where nothing is known.
        late: Option<i64>,
    },
    /// The run is stopped: release what is held, wait for nothing.
    Stop,
    /// Time has passed.
    Due,
}

/// How a create ended.
#[derive(Debug, Clone)]
pub struct Create {
    /// When the pacer gave it to the HTTP client.
    pub handed_over: i64,
    /// When there was a connection for it.
    pub connected: Option<i64>,
    /// When its first byte went out.
    pub sent: Option<i64>,
    /// When it was answered with success.
    pub acknowledged: Option<i64>,
    /// How many ns the answer waited to be read, at most; `None` where nothing is known.
    pub acknowledged_late: Option<i64>,
    /// Creates sent again after pushback.
    pub retries: u32,
    /// What came of it.
    pub result: CreateResult,
}

impl Create {
    /// A create that was handed over and of which nothing more is known.
    #[must_use]
    pub fn new(handed_over: i64, result: CreateResult) -> Self {
        let (connected, sent, acknowledged, acknowledged_late) = (None, None, None, None);
        Self { handed_over, connected, sent, acknowledged, acknowledged_late, retries: 0, result }
    }
}

/// What came of a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateResult {
    /// The object exists.
    Exists,
    /// 429 or 5xx, after the policy.
    Rejected(u16),
    /// Another status: this request will never succeed.
    Refused(u16),
    /// It never reached the server, or nothing came of it.
    Connect,
    /// No answer in time: the object may exist.
    Unanswered,
}

/// A claim as the server showed it.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// True where a re-list showed it: it was so then or earlier.
    pub upper_bound: bool,
    /// How many ns it waited to be seen, at most; `None` where nothing is known.
    pub late: Option<i64>,
    /// `status.sandbox.name`.
    pub sandbox: Option<Box<str>>,
    /// The first of `status.sandbox.podIPs`.
    pub pod_ip: Option<Box<str>>,
    /// The Ready condition.
    pub ready: Option<ReadyCondition>,
    /// `creationTimestamp` in seconds of the epoch.
    pub created_at: Option<i64>,
    /// `metadata.uid`.
    pub uid: Option<Box<str>>,
    /// The controller's annotation.
    pub controller_first_observed_at: Option<Box<str>>,
    /// The controller's annotation.
    pub claim_first_ready_at: Option<Box<str>>,
}

/// The Ready condition of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadyCondition {
    /// True; `lastTransitionTime` in seconds of the epoch.
    True {
        /// Since when.
        since: Option<i64>,
    },
    /// Not true, and the controller does not try again.
    Final(FinalReason),
    /// Not true yet, and why.
    Transient(Box<str>),
}

/// How the workload ended.
#[derive(Debug, Clone, Default)]
pub struct ExecResult {
    /// When its first command gave its first output.
    pub first_output: Option<i64>,
    /// What was done, in order.
    pub steps: Vec<StepRecord>,
    /// Why it counts as failed.
    pub failure: Option<WorkloadFailure>,
    /// Node of the sandbox, where it was learned.
    pub node: Option<Box<str>>,
}

/// How a delete ended.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    /// When its first byte went out.
    pub sent: Option<i64>,
    /// True where the server says that nothing of that name is there.
    pub absent: bool,
    /// True where the server never answered in time.
    pub gave_up: bool,
}

/// What a claim wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run the workload in its sandbox.
    Exec,
    /// Delete it.
    Release,
    /// Call again with [`Event::Due`] at this instant.
    Wake(i64),
    /// Nothing more will happen: take its record.
    End,
}

/// What all claims of a run have in common.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// From intended to timed out.
    pub ready_timeout_ns: i64,
    /// From ready to released.
    pub hold_ns: i64,
    /// Whether a workload runs.
    pub exec: bool,
    /// Whether to follow it until its Sandbox is gone.
    pub capacity_back: bool,
    /// From release to giving up on DELETED, and again on capacity back.
    pub gone_timeout_ns: i64,
}
