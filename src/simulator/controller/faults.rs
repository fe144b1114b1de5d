use std::sync::Arc;

use serde_json::{Value, json};

use super::controllers::Controllers;
use crate::faults::{Decision, Effect};
use crate::kinds::{KindId, NODES, PODS};
use crate::store::{Key, State};

impl Controllers {
    /// The end of the pause that is on, if it hit.
    pub(super) fn paused(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let on = faults.scheduled().find(|it| it.effect == Effect::ControllerPause && it.is_on(now_ns))?;
        let hit = self.pauses.decide(&faults, &on) != Decision::Misses;
        hit.then_some(on.until_ns)
    }

    /// Takes nodes and gives them back by the schedule; the instant of the next change.
    pub(super) fn node_faults(&mut self, now_ns: i64) -> Option<i64> {
        let faults = self.faults.clone();
        let mut next: Option<i64> = None;
        for fault in faults.scheduled().filter(|it| it.effect == Effect::NodeLost) {
            if !fault.is_on(now_ns) {
                if let Some(node) = self.lost_nodes.take(&fault) {
                    self.set_node(&node, true);
                }
            } else if self.lost_nodes.decide(&faults, &fault) == Decision::Hits
                && let Some(node) = self.choose_node()
            {
                self.set_node(&node, false);
                self.lost_nodes.add(&fault, node);
            }
            let change = [fault.from_ns, fault.until_ns].into_iter().find(|at| *at > now_ns);
            next = [next, change].into_iter().flatten().min();
        }
        next
    }

    /// A node that carries pods, if there is one, else any.
    fn choose_node(&mut self) -> Option<Key> {
        let mut nodes: Vec<Arc<str>> = self.kubelet.occupied().into_iter().collect();
        if nodes.is_empty() {
            nodes = self.store.lock().objects(NODES).keys().map(|key| key.name.clone()).collect();
        }
        nodes.sort();
        Some(Key::new("", self.lost_nodes.choose(&nodes)?.clone()))
    }

    fn set_node(&mut self, node: &Key, ready: bool) {
        self.set_node_lost(&node.name, !ready);
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
fn set_ready(state: &mut State, kind: KindId, key: &Key, is: &str) {
    let now = state.now();
    state.update(kind, key, |object| {
        let mut status = object.parse("status");
        let conditions = status.pointer_mut("/conditions").and_then(Value::as_array_mut);
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
