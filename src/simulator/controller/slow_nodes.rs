use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::faults::{Effect, Faults};

/// Nodes on which Pods start slowly: of each fault the first that is given a Pod.
#[derive(Debug, Default)]
pub struct SlowNodes {
    /// By the fault's place in the schedule and the instant it began.
    chosen: HashMap<(usize, i64), Arc<str>>,
}

impl SlowNodes {
    /// How much longer a Pod takes that starts now on `node`.
    pub fn delay(&mut self, faults: &Faults, now_ns: i64, node: &Arc<str>) -> Duration {
        let mut delay = Duration::ZERO;
        for fault in faults.scheduled().filter(|fault| fault.is_on(now_ns)) {
            let Effect::SlowNode(add) = fault.effect else { continue };
            let chosen = self.chosen.entry((fault.index, fault.from_ns)).or_insert_with(|| node.clone());
            if chosen == node && faults.hits(fault.index) {
                delay = delay.max(add);
            }
        }
        delay
    }
}
