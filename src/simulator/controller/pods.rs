use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::controllers::Controllers;
use super::pod_end::{exit, pre_stop};
use super::pod_status::{remove, set_ended, set_network, set_running, set_scheduled, set_unschedulable};
use super::timers::Task;
use crate::faults::Effect;
use crate::kinds::PODS;
use crate::pod_grace::POD_GRACE_SECONDS;
use crate::store::{Change, Event, Key, Object};
use agent_sandbox_common::clock::monotonic_ns;

/// Part of a pod's start after which it has its addresses: its sandbox is up, its containers are not.
const NETWORK_SHARE: f64 = 0.5;
/// Containers that end sooner are never seen running: a kubelet looks at them once a second (its `PLEG`).
const SEEN_AFTER: Duration = Duration::from_secs(1);

impl Controllers {
    pub(super) fn node_changed(&mut self, event: &Event) {
        let name = event.object.metadata.name.clone();
        match event.change {
            Change::Added => {
                self.kubelet.add_node(name);
                self.place_waiting();
            }
            Change::Deleted => self.kubelet.remove_node(&name),
            Change::Modified => {}
        }
    }

    pub(super) fn pod_changed(&mut self, event: &Event) {
        let metadata = &event.object.metadata;
        match event.change {
            Change::Added => self.start_pod(&event.key(), &event.object),
            Change::Modified => {
                let was_deleted = event.previous.as_ref().is_some_and(|p| p.metadata.deletion_timestamp.is_some());
                if metadata.deletion_timestamp.is_some() && !was_deleted {
                    self.end_pod(&event.object);
                }
                if event.changes_status() {
                    self.pod_of_sandbox_changed(&event.object, false);
                    self.pod_of_job_changed(&event.object);
                }
            }
            Change::Deleted => {
                if self.kubelet.release(&metadata.uid) {
                    self.place_waiting();
                }
                self.processes.kill(&metadata.uid);
                self.files.forget(&metadata.uid);
                self.pod_of_sandbox_changed(&event.object, true);
                self.pod_of_job_changed(&event.object);
            }
        }
    }

    /// A node ceases to answer, or answers again: its pods go on with what they missed.
    pub(super) fn set_node_lost(&mut self, node: &Arc<str>, lost: bool) {
        if lost {
            return self.kubelet.lose_node(node.clone());
        }
        for task in self.kubelet.regain_node(node) {
            self.after(Duration::ZERO, task);
        }
        self.place_waiting();
    }

    fn place_waiting(&mut self) {
        for _ in 0..self.kubelet.waiting.len() {
            let Some(key) = self.kubelet.waiting.pop_front() else { return };
            let pod = self.store.lock().get(PODS, &key).cloned();
            if let Some(pod) = pod {
                let before = self.kubelet.waiting.len();
                self.start_pod(&key, &pod);
                if self.kubelet.waiting.len() > before {
                    return;
                }
            }
        }
    }

    /// Binds a pod to a node, which starts it.
    fn start_pod(&mut self, key: &Key, pod: &Object) {
        let uid = pod.metadata.uid.clone();
        let Some(node) = self.kubelet.place(&uid) else {
            self.kubelet.waiting.push_back(key.clone());
            return set_unschedulable(&mut self.store.lock(), key, self.kubelet.node_count());
        };
        let stuck = self.image_pull_delay();
        let reason = if stuck.is_zero() { "ContainerCreating" } else { "ImagePullBackOff" };
        set_scheduled(&mut self.store.lock(), key, &node, reason);
        let slow = self.slow_nodes.delay(&self.faults, monotonic_ns(), &node);
        let start_time = self.kubelet.start_time() + slow;
        let address = self.kubelet.address();
        if self.recorder.tells_of_pods {
            let store = self.store.clone();
            self.recorder.scheduled(&mut store.lock(), pod, &node);
            self.after(stuck, Task::Pulled(key.clone(), uid.clone()));
        }
        self.after(stuck + start_time.mul_f64(NETWORK_SHARE), Task::Network(key.clone(), uid.clone(), address));
        self.after(stuck + start_time, Task::Start(key.clone(), uid));
    }

    pub(super) fn pod_image_is_there(&mut self, key: &Key, uid: &Arc<str>) {
        if !self.kubelet.hold(uid, || Task::Pulled(key.clone(), uid.clone())) {
            self.kubelet_says(key, uid, &[("Pulled", "Container image already present on machine")]);
        }
    }

    /// Events of a pod that is still there, by the kubelet of its node.
    fn kubelet_says(&mut self, key: &Key, uid: &str, all: &[(&str, &str)]) {
        let store = self.store.clone();
        let mut state = store.lock();
        let Some(pod) = state.get(PODS, key).filter(|pod| *pod.metadata.uid == *uid).cloned() else { return };
        let node = self.kubelet.node_of(uid).cloned().unwrap_or_default();
        for (reason, message) in all {
            self.recorder.by_kubelet(&mut state, &pod, reason, message, &node);
        }
    }

    /// How long a pod that starts now waits for its image.
    fn image_pull_delay(&self) -> Duration {
        let now_ns = monotonic_ns();
        let mut on = self.faults.scheduled().filter(|it| it.effect == Effect::ImagePullStuck && it.is_on(now_ns));
        let hit = on.find(|fault| self.faults.hits(fault.index));
        hit.map_or(Duration::ZERO, |fault| Duration::from_nanos((fault.until_ns - now_ns).cast_unsigned()))
    }

    pub(super) fn pod_gets_network(&mut self, key: &Key, uid: &Arc<str>, address: Ipv4Addr) {
        if !self.kubelet.hold(uid, || Task::Network(key.clone(), uid.clone(), address)) {
            set_network(&mut self.store.lock(), key, uid, &address.to_string());
        }
    }

    pub(super) fn pod_starts(&mut self, key: &Key, uid: &Arc<str>) {
        if self.kubelet.hold(uid, || Task::Start(key.clone(), uid.clone())) {
            return;
        }
        let pod = self.store.lock().get(PODS, key).filter(|pod| pod.metadata.uid == *uid).cloned();
        let Some(pod) = pod.filter(|pod| pod.metadata.deletion_timestamp.is_none()) else { return };
        if !self.start_process(key, &pod) {
            return;
        }
        let exit = exit(&pod);
        if exit.is_none_or(|exit| exit.after >= SEEN_AFTER) {
            set_running(&mut self.store.lock(), key);
            if self.recorder.tells_of_pods {
                self.kubelet_says(key, uid, &[("Created", "Container created"), ("Started", "Container started")]);
            }
        }
        if let Some(exit) = exit {
            let task = Task::Exit(key.clone(), uid.clone(), exit.code);
            if self.frozen_ns.is_some() {
                self.after_settling.push((exit.after, task));
            } else {
                self.after(exit.after, task);
            }
        }
    }

    pub(super) fn pod_exits(&mut self, key: &Key, uid: &Arc<str>, code: i32) {
        if !self.kubelet.hold(uid, || Task::Exit(key.clone(), uid.clone(), code)) {
            set_ended(&mut self.store.lock(), key, uid, code);
        }
    }

    /// A pod was deleted: it ends when its process does, or soon.
    fn end_pod(&mut self, pod: &Object) {
        let (key, uid) = (Key::of(pod), pod.metadata.uid.clone());
        let seconds = pod.metadata.deletion_grace_period_seconds.unwrap_or(POD_GRACE_SECONDS);
        let grace = Duration::from_secs(seconds.max(0).cast_unsigned());
        if !self.end_process(&uid, grace) {
            let end_time = pre_stop(pod).min(grace) + self.kubelet.end_time();
            self.after(end_time, Task::End(key, uid));
        }
    }

    pub(super) fn pod_ends(&mut self, key: &Key, uid: &str) {
        remove(&mut self.store.lock(), key, uid);
    }
}
