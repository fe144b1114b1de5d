use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use super::timers::Task;
use crate::random::Purpose;
use crate::service_time::ServiceTime;
use crate::settings::Settings;
use crate::store::Key;

/// What scheduler and kubelets know: which pod is on which node, and what it does next.
#[derive(Debug)]
pub struct Kubelet {
    start_time: ServiceTime,
    end_time: ServiceTime,
    /// Pods each node can still carry, in the order they are asked.
    nodes: VecDeque<(Arc<str>, u32)>,
    pods_per_node: u32,
    /// Where each pod is, by uid.
    placed: HashMap<Arc<str>, Arc<str>>,
    /// Nodes that do not answer: no pod is placed there, and those there make no progress.
    lost: HashSet<Arc<str>>,
    /// What the pods of lost nodes would have done meanwhile.
    held: Vec<Task>,
    /// Pods no node has room for.
    pub waiting: VecDeque<Key>,
    next_address: u32,
}

impl Kubelet {
    pub fn new(settings: &Settings, seed: u64) -> Self {
        Self {
            start_time: ServiceTime::new(settings.cold_latency.clone(), seed, Purpose::ColdLatency),
            end_time: ServiceTime::new(settings.end_latency.clone(), seed, Purpose::EndLatency),
            nodes: VecDeque::new(),
            pods_per_node: settings.nodes.pods,
            placed: HashMap::new(),
            lost: HashSet::new(),
            held: Vec::new(),
            waiting: VecDeque::new(),
            next_address: 0,
        }
    }

    pub fn add_node(&mut self, name: Arc<str>) {
        self.nodes.push_back((name, self.pods_per_node));
    }

    pub fn remove_node(&mut self, name: &str) {
        self.nodes.retain(|(node, _)| **node != *name);
    }

    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Puts a pod on a node with room; the nodes take turns.
    pub fn place(&mut self, uid: &Arc<str>) -> Option<Arc<str>> {
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

    /// A pod is gone; true where it was on a node.
    pub fn release(&mut self, uid: &str) -> bool {
        let Some(node) = self.placed.remove(uid) else { return false };
        if let Some((_, room)) = self.nodes.iter_mut().find(|(name, _)| *name == node) {
            *room += 1;
        }
        true
    }

    /// The node a pod is on, by the pod's uid.
    pub fn node_of(&self, uid: &str) -> Option<&Arc<str>> {
        self.placed.get(uid)
    }

    /// The nodes that carry pods.
    pub fn occupied(&self) -> BTreeSet<Arc<str>> {
        self.placed.values().cloned().collect()
    }

    /// A node ceases to answer.
    pub fn lose_node(&mut self, node: Arc<str>) {
        self.lost.insert(node);
    }

    /// A node answers again: what the pods of lost nodes missed meanwhile.
    pub fn regain_node(&mut self, node: &str) -> Vec<Task> {
        self.lost.remove(node);
        std::mem::take(&mut self.held)
    }

    /// Keeps what a pod is about to do for later where its node is lost; true if so.
    pub fn hold(&mut self, uid: &str, task: impl FnOnce() -> Task) -> bool {
        let lost = self.placed.get(uid).is_some_and(|node| self.lost.contains(node));
        if lost {
            self.held.push(task());
        }
        lost
    }

    /// How long the next pod takes to start.
    pub fn start_time(&mut self) -> Duration {
        self.start_time.draw()
    }

    /// How long the next pod that is deleted takes to end.
    pub fn end_time(&mut self) -> Duration {
        self.end_time.draw()
    }

    /// The next pod's address.
    pub fn address(&mut self) -> Ipv4Addr {
        self.next_address = self.next_address % 0x00ff_fffe + 1;
        Ipv4Addr::from(0x0a00_0000 | self.next_address)
    }
}
