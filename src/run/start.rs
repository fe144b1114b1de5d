use std::time::SystemTime;

use agent_sandbox_simulator::{RequestCounts, Simulator};

use super::Opened;
use crate::measure::ServerSummary;

/// A run's start.
pub(super) struct Start {
    pub at: SystemTime,
    /// What the embedded simulator had counted by then.
    requests: Option<RequestCounts>,
}

impl Start {
    /// The start is now: the simulator's faults are due from now on.
    pub fn now(opened: &Opened) -> Self {
        let at = SystemTime::now();
        opened.simulator.iter().for_each(Simulator::start_clock);
        Self { at, requests: opened.simulator.as_ref().map(Simulator::requests) }
    }

    /// What it has counted since; `base_ns` is the start, `CLOCK_MONOTONIC`.
    pub fn server(&self, opened: &Opened, base_ns: i64) -> Option<ServerSummary> {
        let after = opened.simulator.as_ref()?.requests();
        Some(ServerSummary::between(self.requests.as_ref()?, &after, base_ns))
    }
}
