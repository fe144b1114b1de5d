use std::collections::BTreeMap;

use agent_sandbox_common::words;
use agent_sandbox_simulator::Wait;

/// Nanoseconds by stage; they sum to what a claim took from intended to Ready, or to its end.
pub type Stages = BTreeMap<Stage, i64>;

words! {
    /// What a claim waits for on its way from intended to Ready.
    #[derive(Hash)]
    pub enum Stage {
        /// The generator: intended -> handed over.
        Generator = "generator",
        /// A connection: handed over -> sent.
        Connection = "connection",
        /// The API server to store the claim: sent -> stored, or -> acknowledged where nobody tells when it was stored.
        ApiCreate = "api_create",
        /// A seat of API Priority and Fairness.
        FlowControl = "flow_control",
        /// The controller to take it up for the first time.
        Queue = "queue",
        /// The controller's work, until the claim has a sandbox.
        Work = "work",
        /// A pooled sandbox that can be had.
        Candidate = "candidate",
        /// Another try after a write was answered with 409.
        Conflict = "conflict",
        /// A node for the Pod of its sandbox.
        PodScheduling = "pod_scheduling",
        /// The Pod of its sandbox to be Ready.
        PodStart = "pod_start",
        /// The claim's status to say Ready, after its sandbox was.
        StatusWrite = "status_write",
        /// The watch: Ready written -> seen.
        WatchDelivery = "watch_delivery",
        /// What nobody tells.
        Unexplained = "unexplained",
    }
}

impl Stage {
    /// What is waited for, for a sentence such as "128 claims waited for ...".
    #[must_use]
    pub const fn waited_for(self) -> &'static str {
        match self {
            Self::Generator => "the generator",
            Self::Connection => "a connection",
            Self::ApiCreate => "the API server's answer",
            Self::FlowControl => "a seat of the API server",
            Self::Queue => "the controller's queue",
            Self::Work => "the controller's work",
            Self::Candidate => "a pooled sandbox",
            Self::Conflict => "another try after a conflict",
            Self::PodScheduling => "a node for their Pod",
            Self::PodStart => "the start of their Pod",
            Self::StatusWrite => "the write of their status",
            Self::WatchDelivery => "the watch",
            Self::Unexplained => "Ready, and nothing tells for what else",
        }
    }
}

impl From<Wait> for Stage {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Seat => Self::FlowControl,
            Wait::Create => Self::ApiCreate,
            Wait::Queue => Self::Queue,
            Wait::Work => Self::Work,
            Wait::Candidate => Self::Candidate,
            Wait::Retry => Self::Conflict,
            Wait::Scheduling => Self::PodScheduling,
            Wait::PodStart => Self::PodStart,
            Wait::StatusWrite => Self::StatusWrite,
            Wait::Delivery => Self::WatchDelivery,
        }
    }
}
