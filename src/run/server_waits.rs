use std::sync::{Arc, OnceLock};

use agent_sandbox_simulator::Waits;

use super::Opened;
use crate::measure::{ClaimRecord, stages};

/// What the embedded simulator saw of each claim, where that is the target, on the run's own time.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerWaits {
    waits: Option<Arc<Waits>>,
    /// `CLOCK_MONOTONIC` nanoseconds at the run's start, once it is set.
    base_ns: Arc<OnceLock<i64>>,
}

impl ServerWaits {
    /// The simulator keeps them from now on.
    pub fn of(opened: &Opened) -> Self {
        let waits = opened.simulator.as_ref().map(agent_sandbox_simulator::Simulator::waits);
        if let Some(waits) = &waits {
            waits.keep();
        }
        Self { waits, base_ns: Arc::default() }
    }

    /// The run started at `base_ns`.
    pub fn start_at(&self, base_ns: i64) {
        self.base_ns.get_or_init(|| base_ns);
    }

    /// Says of a claim that is over where its time went, and on which node its Pod was.
    pub fn explain(&self, claim: &mut ClaimRecord) {
        let taken = self.waits.as_ref().and_then(|waits| waits.take(&claim.namespace, &claim.name));
        claim.stages_ns = stages(claim, taken.as_ref().zip(self.base_ns.get().copied()));
        if let Some(node) = taken.and_then(|waits| waits.node) {
            claim.node.get_or_insert_with(|| node.to_string());
        }
    }
}
