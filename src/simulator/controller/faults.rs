use std::collections::HashMap;
use std::sync::Arc;

use rand::RngExt;
use serde_json::json;

use super::Controllers;
use crate::faults::{Decision, Decisions, Effect};
use crate::kinds::{NODES, PODS};
use crate::random::{Purpose, Random};
use crate::store::{Key, State};

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
        Self { random: Random::new(seed, Purpose::Nodes), decisions: Decisions::default(), lost: HashMap::new() }
    }
}

impl Controllers {
    /// The end of the pause that is on, if it hit.
    pub(super) fn paused(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let on = faults.scheduled().find(|it| it.effect == Effect::ControllerPause && it.is_on(now_ns))?;
        let hit = self.pauses.decide(&faults, &on) != Decision::Misses;
        hit.then_some(on.until_ns)
    }

    /// Takes nodes and gives them back as the schedule says; the instant of the next change.
    pub(super) fn node_faults(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let mut next: Option<i64> = None;
        for fault in faults.scheduled().filter(|it| it.effect == Effect::NodeLost) {
            let id = (fault.index, fault.from_ns);
            if fault.is_on(now_ns) {
                if self.lost_nodes.decisions.decide(&faults, &fault) == Decision::Hits
                    && let Some(node) = self.lose_node()
                {
                    self.lost_nodes.lost.insert(id, node);
                }
            } else if let Some(node) = self.lost_nodes.lost.remove(&id) {
                self.set_node(&node, true);
            }
            let change = [fault.from_ns, fault.until_ns].into_iter().find(|at| *at > now_ns);
            next = [next, change].into_iter().flatten().min();
        }
        next
    }

    /// A node no longer answers: one that carries pods, if there is one.
    fn lose_node(&mut self) -> Option<Key> {
        let mut nodes: Vec<Arc<str>> = self.kubelet.occupied().into_iter().collect();
        if nodes.is_empty() {
            nodes = self.store.lock().objects(NODES).keys().map(|key| key.name.clone()).collect();
        }
        nodes.sort();
        let chosen = nodes.get(self.lost_nodes.random.0.random_range(0..nodes.len().max(1)))?;
        let node = Key::new("", chosen.clone());
        self.set_node(&node, false);
        Some(node)
    }

    fn set_node(&mut self, node: &Key, ready: bool) {
        self.lose(&node.name, !ready);
        let mut state = self.store.lock();
        let on_it = |uid: &Arc<str>| self.kubelet.node_of(uid).is_some_and(|name| *name == node.name);
        let pods: Vec<Key> =
            state.objects(PODS).iter().filter(|(_, pod)| on_it(&pod.metadata.uid)).map(|(k, _)| k.clone()).collect();
        set_ready(&mut state, NODES, node, if ready { "True" } else { "Unknown" });
        for pod in pods {
            set_ready(&mut state, PODS, &pod, if ready { "True" } else { "False" });
        }
    }
}

/// Sets the condition Ready where it was True or is to be so again.
fn set_ready(state: &mut State, kind: crate::kinds::KindId, key: &Key, is: &str) {
    let now = state.now();
    state.update(kind, key, |object| {
        let mut status = object.parse("status");
        let conditions = status.pointer_mut("/conditions").and_then(serde_json::Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            if condition["type"] == "Ready" {
                condition["status"] = is.into();
                condition["lastTransitionTime"] = json!(now);
                condition["reason"] = if is == "True" { "KubeletReady" } else { "NodeStatusUnknown" }.into();
            }
        }
        object.set("status", &status);
    });
}
