use std::collections::BTreeMap;

use crate::measure::{ClaimRecord, Class, Stage, Stages};

/// What of a claim may say why it was slow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// It got no Ready sandbox from its pool.
    pub not_warm: bool,
    /// A write of it was answered with 409.
    pub conflict: bool,
    /// Its create was refused, and sent again.
    pub pushed_back: bool,
    /// A list showed it, not the watch.
    pub listed: bool,
    /// How long it waited for a seat, for the controller to take it up and work on it, and for the watch, ns.
    pub seat_ns: i64,
    pub controller_ns: i64,
    pub delivery_ns: i64,
    /// Place of its node in the list of them.
    pub node: Option<usize>,
}

impl Traits {
    pub fn of(claim: &ClaimRecord, stages: &Stages, node: Option<usize>) -> Self {
        let nanos = |stage: Stage| stages.get(&stage).copied().unwrap_or(0);
        let has = |stage: Stage| stages.contains_key(&stage);
        Self {
            not_warm: claim.class.is_some_and(|class| class != Class::Warm)
                || has(Stage::Candidate)
                || has(Stage::PodScheduling),
            conflict: has(Stage::Conflict),
            pushed_back: claim.retries > 0,
            listed: claim.upper_bound,
            seat_ns: nanos(Stage::FlowControl),
            controller_ns: nanos(Stage::Queue) + nanos(Stage::Work) + nanos(Stage::StatusWrite),
            // What may be the generator's own lateness speaks for nothing.
            delivery_ns: (nanos(Stage::WatchDelivery) - claim.late_ns.ready.unwrap_or(0)).max(0),
            node,
        }
    }
}

/// What the claims of one kind had in common: those of an episode, or the others.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    count: u64,
    not_warm: u64,
    conflicts: u64,
    pushed_back: u64,
    listed: u64,
    seat_ns: i64,
    controller_ns: i64,
    pub longest_controller_ns: i64,
    delivery_ns: i64,
    nodes: BTreeMap<usize, u64>,
}

impl Group {
    pub fn of<'a>(claims: impl Iterator<Item = &'a Traits>) -> Self {
        claims.fold(Self::default(), |mut group, claim| {
            group.add(claim);
            group
        })
    }

    pub fn add(&mut self, claim: &Traits) {
        self.count += 1;
        self.not_warm += u64::from(claim.not_warm);
        self.conflicts += u64::from(claim.conflict);
        self.pushed_back += u64::from(claim.pushed_back);
        self.listed += u64::from(claim.listed);
        self.seat_ns += claim.seat_ns;
        self.controller_ns += claim.controller_ns;
        self.longest_controller_ns = self.longest_controller_ns.max(claim.controller_ns);
        self.delivery_ns += claim.delivery_ns;
        claim.node.iter().for_each(|node| *self.nodes.entry(*node).or_default() += 1);
    }

    /// Claims.
    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn not_warm_share(&self) -> Option<f64> {
        self.share(self.not_warm)
    }

    pub fn conflict_share(&self) -> Option<f64> {
        self.share(self.conflicts)
    }

    pub fn pushback_share(&self) -> Option<f64> {
        self.share(self.pushed_back)
    }

    pub fn listed_share(&self) -> Option<f64> {
        self.share(self.listed)
    }

    /// Means, seconds.
    pub fn seat_s(&self) -> Option<f64> {
        self.mean_s(self.seat_ns)
    }

    pub fn controller_s(&self) -> Option<f64> {
        self.mean_s(self.controller_ns)
    }

    pub fn delivery_s(&self) -> Option<f64> {
        self.mean_s(self.delivery_ns)
    }

    /// The node with the most claims.
    pub fn first_node(&self) -> Option<usize> {
        self.nodes.iter().max_by_key(|(_, claims)| **claims).map(|(node, _)| *node)
    }

    /// The part of the claims whose node is known that is on this one.
    pub fn node_share(&self, node: usize) -> Option<f64> {
        let known: u64 = self.nodes.values().sum();
        let here = self.nodes.get(&node).copied().unwrap_or(0);
        (known > 0).then(|| here as f64 / known as f64)
    }

    fn share(&self, claims: u64) -> Option<f64> {
        (self.count > 0).then(|| claims as f64 / self.count as f64)
    }

    fn mean_s(&self, nanos: i64) -> Option<f64> {
        (self.count > 0).then(|| nanos as f64 / 1e9 / self.count as f64)
    }
}
