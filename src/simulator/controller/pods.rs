use std::collections::{HashMap, HashSet, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::timers::Task;
use super::{Controllers, key_of, status_changed};
use crate::faults::Effect;
use crate::kinds::PODS;
use crate::random::Purpose;
use crate::service_time::ServiceTime;
use crate::settings::Settings;
use crate::store::{Change, Event, Key, Object};
use agent_sandbox_common::clock::monotonic_ns;

/// Scheduler and kubelets: pods get a node, addresses, and become Ready.
#[derive(Debug)]
pub struct Kubelet {
    start_time: ServiceTime,
    /// Pods each node can carry still, in the order they are asked.
    nodes: VecDeque<(Arc<str>, u32)>,
    pods_per_node: u32,
    /// Where each pod is, by uid.
    placed: HashMap<Arc<str>, Arc<str>>,
    /// Nodes that do not answer: no pod is placed there, and none there gets on.
    lost: HashSet<Arc<str>>,
    /// What the pods of lost nodes would have done meanwhile.
    held: Vec<Task>,
    /// Pods no node has room for.
    waiting: VecDeque<Key>,
    next_address: u32,
}

/// Part of a pod's start after which it has its addresses: its sandbox is up, its containers are not.
const NETWORK_SHARE: f64 = 0.5;
/// Between a pod's deletion and its end.
const END_TIME: Duration = Duration::from_millis(20);
/// What a pod's process is given to end in, where nobody says.
const GRACE_SECONDS: i64 = 30;

impl Kubelet {
    pub fn new(config: &Settings, seed: u64) -> Self {
        Self {
            start_time: ServiceTime::new(config.cold_latency.clone(), seed, Purpose::ColdLatency),
            nodes: VecDeque::new(),
            pods_per_node: config.nodes.pods,
            placed: HashMap::new(),
            lost: HashSet::new(),
            held: Vec::new(),
            waiting: VecDeque::new(),
            next_address: 0,
        }
    }

    /// A node with room, each in its turn.
    fn place(&mut self, uid: &Arc<str>) -> Option<Arc<str>> {
        for _ in 0..self.nodes.len() {
            self.nodes.rotate_left(1);
            let lost = &self.lost;
            if let Some((node, room)) = self.nodes.back_mut().filter(|(node, room)| *room > 0 && !lost.contains(node)) {
                *room -= 1;
                self.placed.insert(uid.clone(), node.clone());
                return Some(node.clone());
            }
        }
        None
    }

    /// The node a pod is on, by the pod's uid.
    pub fn node_of(&self, uid: &Arc<str>) -> Option<&Arc<str>> {
        self.placed.get(uid)
    }

    /// The nodes that carry pods.
    pub fn occupied(&self) -> std::collections::BTreeSet<Arc<str>> {
        self.placed.values().cloned().collect()
    }

    /// Keeps what a pod is about to do for later where its node is lost; true if so.
    fn hold(&mut self, uid: &str, task: impl FnOnce() -> Task) -> bool {
        let lost = self.placed.get(uid).is_some_and(|node| self.lost.contains(node));
        if lost {
            self.held.push(task());
        }
        lost
    }

    fn address(&mut self) -> Ipv4Addr {
        self.next_address = self.next_address % 0x00ff_fffe + 1;
        Ipv4Addr::from(0x0a00_0000 | self.next_address)
    }
}

impl Controllers {
    pub(super) fn node_changed(&mut self, event: &Event) {
        let name = event.object.metadata.name.clone();
        match event.change {
            Change::Added => {
                self.kubelet.nodes.push_back((name, self.kubelet.pods_per_node));
                self.place_waiting();
            }
            Change::Deleted => self.kubelet.nodes.retain(|(node, _)| *node != name),
            Change::Modified => {}
        }
    }

    pub(super) fn pod_changed(&mut self, event: &Event) {
        let (key, metadata) = (key_of(event), &event.object.metadata);
        match event.change {
            Change::Added => self.start_pod(&key, &event.object),
            Change::Modified => {
                let was_deleted = event.previous.as_ref().is_some_and(|p| p.metadata.deletion_timestamp.is_some());
                if metadata.deletion_timestamp.is_some() && !was_deleted {
                    let seconds = metadata.deletion_grace_period_seconds.unwrap_or(GRACE_SECONDS);
                    if !self.end_process(&metadata.uid, Duration::from_secs(seconds.max(0).cast_unsigned())) {
                        self.after(END_TIME, Task::End(key, metadata.uid.clone()));
                    }
                }
                if status_changed(event) {
                    self.tell_sandbox(&event.object, false);
                    self.tell_job(&event.object);
                }
            }
            Change::Deleted => {
                if let Some(node) = self.kubelet.placed.remove(&metadata.uid) {
                    if let Some((_, room)) = self.kubelet.nodes.iter_mut().find(|(name, _)| *name == node) {
                        *room += 1;
                    }
                    self.place_waiting();
                }
                self.kill_process(&metadata.uid);
                self.tell_sandbox(&event.object, true);
                self.tell_job(&event.object);
            }
        }
    }

    /// A node ceases to answer, or answers again: its pods get on with what they missed.
    pub(super) fn lose(&mut self, node: &Arc<str>, lost: bool) {
        if lost {
            self.kubelet.lost.insert(node.clone());
            return;
        }
        self.kubelet.lost.remove(node);
        for task in std::mem::take(&mut self.kubelet.held) {
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
            self.mark_unschedulable(key);
            return;
        };
        let stuck = self.stuck_for();
        let mut state = self.store.lock();
        let now = state.now();
        let waits_for = if stuck.is_zero() { "ContainerCreating" } else { "ImagePullBackOff" };
        state.update(PODS, key, |pod| {
            let spec: PodSpec = pod.parse_as("spec");
            let waiting = |container: &Container| {
                json!({ "name": container.name, "image": container.image,
                "imageID": "", "ready": false, "restartCount": 0, "state": { "waiting": { "reason": waits_for } } })
            };
            let containers: Vec<Value> = spec.containers.iter().map(waiting).collect();
            pod.set(
                "status",
                &json!({ "phase": "Pending", "startTime": now, "containerStatuses": containers,
                "conditions": [{ "type": "PodScheduled", "status": "True", "lastTransitionTime": now }] }),
            );
            bind_to(pod, &node);
        });
        drop(state);
        let start_time = self.kubelet.start_time.draw();
        let address = self.kubelet.address();
        self.after(stuck + start_time.mul_f64(NETWORK_SHARE), Task::Network(key.clone(), uid.clone(), address));
        self.after(stuck + start_time, Task::Start(key.clone(), uid));
    }

    /// Says of a pod what the scheduler says when every node is full; once.
    fn mark_unschedulable(&self, key: &Key) {
        let nodes = self.kubelet.nodes.len();
        let mut state = self.store.lock();
        let now = state.now();
        if state.get(PODS, key).is_none_or(|pod| !pod.parse("status")["conditions"].is_null()) {
            return;
        }
        state.update(PODS, key, |pod| {
            let message = format!("0/{nodes} nodes are available: {nodes} Too many pods.");
            let condition = json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                "message": message, "lastTransitionTime": now });
            pod.set("status", &json!({ "phase": "Pending", "conditions": [condition] }));
        });
    }

    /// How long a pod that starts now waits for its image.
    fn stuck_for(&self) -> Duration {
        let now_ns = monotonic_ns();
        let mut on = self.faults.scheduled().filter(|it| it.effect == Effect::ImagePullStuck && it.is_on(now_ns));
        let hit = on.find(|fault| self.faults.hits(fault.index));
        hit.map_or(Duration::ZERO, |fault| Duration::from_nanos((fault.until_ns - now_ns).cast_unsigned()))
    }

    pub(super) fn pod_gets_network(&mut self, key: &Key, uid: &Arc<str>, address: Ipv4Addr) {
        if self.kubelet.hold(uid, || Task::Network(key.clone(), uid.clone(), address)) {
            return;
        }
        let address = address.to_string();
        let mut state = self.store.lock();
        let there = state.get(PODS, key).is_some_and(|pod| pod.metadata.uid == *uid);
        if there {
            state.update(PODS, key, |pod| {
                let mut status = pod.parse("status");
                status["podIP"] = address.clone().into();
                status["podIPs"] = json!([{ "ip": address }]);
                pod.set("status", &status);
            });
        }
    }

    pub(super) fn pod_starts(&mut self, key: &Key, uid: &Arc<str>) {
        if self.kubelet.hold(uid, || Task::Start(key.clone(), uid.clone())) {
            return;
        }
        let pod = self.store.lock().get(PODS, key).filter(|pod| pod.metadata.uid == *uid).cloned();
        let Some(pod) = pod.filter(|pod| pod.metadata.deletion_timestamp.is_none()) else { return };
        let started = self.start_process(key, &pod);
        let mut state = self.store.lock();
        let now = state.now();
        if started {
            state.update(PODS, key, |pod| {
                let mut status = pod.parse("status");
                status["phase"] = "Running".into();
                let ready = ["PodScheduled", "Initialized", "ContainersReady", "Ready"];
                let condition = |name| json!({ "type": name, "status": "True", "lastTransitionTime": now });
                status["conditions"] = ready.map(condition).to_vec().into();
                let containers = status.pointer_mut("/containerStatuses").and_then(Value::as_array_mut);
                for container in containers.into_iter().flatten().filter(|it| it.is_object()) {
                    container["ready"] = true.into();
                    container["started"] = true.into();
                    container["state"] = json!({ "running": { "startedAt": now } });
                }
                pod.set("status", &status);
            });
        }
    }

    pub(super) fn pod_ends(&mut self, key: &Key, uid: &str) {
        let mut state = self.store.lock();
        if state.get(PODS, key).is_some_and(|pod| *pod.metadata.uid == *uid) {
            state.remove(PODS, key);
        }
    }
}

/// What of a pod's spec its status repeats.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodSpec {
    containers: Vec<Container>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
}

/// Puts the node's name first in the spec: all else of it stays the text it is.
fn bind_to(pod: &mut Object, node: &str) {
    let rest = pod.section("spec").map_or("}", |spec| &spec.get()[1..]);
    let comma = if rest.trim_start() == "}" { "" } else { "," };
    let spec = RawValue::from_string(format!("{{\"nodeName\":\"{node}\"{comma}{rest}")).ok();
    pod.set_json("spec", spec.map(Arc::from));
}

/// A node as it registers itself.
pub fn node(index: u32, pods: u32) -> Value {
    let now = jiff::Timestamp::now().to_string();
    let name = format!("node-{index:04}");
    let capacity = json!({ "cpu": "64", "memory": "256Gi", "pods": pods.to_string(), "ephemeral-storage": "100Gi" });
    json!({
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64", "node.kubernetes.io/instance-type": "simulated" } },
        "spec": {},
        "status": { "capacity": capacity, "allocatable": capacity,
            "addresses": [{ "type": "Hostname", "address": name }],
            "nodeInfo": { "kubeletVersion": "v1.33.0", "osImage": "simulated", "kernelVersion": "6.6.0",
                "containerRuntimeVersion": "containerd://2.1.0", "architecture": "amd64", "operatingSystem": "linux",
                "bootID": "", "machineID": "", "systemUUID": "", "kubeProxyVersion": "" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status", "lastHeartbeatTime": now, "lastTransitionTime": now }] },
    })
}
