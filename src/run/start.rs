use std::time::{Duration, SystemTime};

use agent_sandbox_common::clock::{monotonic_ns, timestamp};
use agent_sandbox_simulator::{RequestCounts, Simulator};

use super::Opened;
use crate::measure::ServerSummary;

/// A run's start.
pub(super) struct Start {
    pub at: SystemTime,
    /// `CLOCK_MONOTONIC` nanoseconds.
    pub base_ns: i64,
    /// What the embedded simulator had counted when the start was set, before any claim.
    requests: Option<RequestCounts>,
}

impl Start {
    /// The run starts in `lead`: the simulator's faults are due from then on.
    pub fn within(lead: Duration, opened: &Opened) -> Self {
        let simulator = opened.simulator.as_ref();
        let requests = simulator.map(Simulator::requests);
        let (at, base_ns) = (SystemTime::from(timestamp()) + lead, monotonic_ns() + lead.as_nanos() as i64);
        simulator.inspect(|simulator| simulator.start_clock_at(base_ns));
        Self { at, base_ns, requests }
    }

    /// What the simulator has counted since.
    pub fn server(&self, opened: &Opened) -> Option<ServerSummary> {
        let after = opened.simulator.as_ref()?.requests();
        Some(ServerSummary::between(self.requests.as_ref()?, &after, self.base_ns))
    }
}
