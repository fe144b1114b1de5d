use std::collections::HashMap;
use std::sync::Arc;

use rand::RngExt;

use crate::faults::{Decision, Decisions, Faults, Scheduled};
use crate::random::{Purpose, Random};
use crate::store::Key;

/// Nodes that faults took.
#[derive(Debug)]
pub struct LostNodes {
    random: Random,
    decisions: Decisions,
    /// By the fault's place in the schedule and the instant it began.
    lost: HashMap<(usize, i64), Key>,
}

impl LostNodes {
    pub fn new(seed: u64) -> Self {
        let random = Random::new(seed, Purpose::Nodes);
        Self { random, decisions: Decisions::default(), lost: HashMap::new() }
    }

    /// Whether a fault that is on takes a node.
    pub fn decide(&mut self, faults: &Faults, fault: &Scheduled) -> Decision {
        self.decisions.decide(faults, fault)
    }

    /// One of the nodes, by chance.
    pub fn choose<'a>(&mut self, nodes: &'a [Arc<str>]) -> Option<&'a Arc<str>> {
        nodes.get(self.random.0.random_range(0..nodes.len().max(1)))
    }

    /// The fault took this node.
    pub fn add(&mut self, fault: &Scheduled, node: Key) {
        self.lost.insert((fault.index, fault.from_ns), node);
    }

    /// The node that the fault took, which it gives back.
    pub fn take(&mut self, fault: &Scheduled) -> Option<Key> {
        self.lost.remove(&(fault.index, fault.from_ns))
    }
}
