use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::shown::Pod;
use crate::measure::{ClaimRecord, PodRecord};

/// The Pods of sandboxes as they were shown. Instants are `CLOCK_MONOTONIC` nanoseconds, but for those of claims.
#[derive(Debug, Default)]
pub(super) struct Seen {
    by_uid: HashMap<String, Known>,
    /// The first Pod of each Sandbox, by namespace and name: a resume makes another.
    of_sandbox: HashMap<(String, String), String>,
    /// Namespaces that were listed.
    listed: HashSet<String>,
    /// Whether no Pod comes unseen.
    is_whole: bool,
}

#[derive(Debug, Default)]
struct Known {
    record: PodRecord,
    /// What was so when it was last shown.
    last: Reached,
}

/// How far a Pod is.
#[derive(Debug, Default, Clone, Copy)]
struct Reached {
    scheduled: bool,
    started: bool,
    ready: bool,
    ending: bool,
}

impl Reached {
    fn of(pod: &Pod) -> Self {
        Self {
            scheduled: pod.node().is_some(),
            started: pod.has_started(),
            ready: pod.is_ready(),
            ending: pod.metadata.deletion_timestamp.is_some(),
        }
    }
}

impl Seen {
    pub fn begin(&mut self) {
        self.is_whole = true;
    }

    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// A list shows what is so, and not since when.
    pub fn list(&mut self, namespace: &str, pods: &[Pod]) {
        self.is_whole &= self.listed.insert(namespace.to_owned());
        let there: HashSet<&str> = pods.iter().map(|pod| pod.metadata.uid.as_str()).collect();
        for (uid, known) in &mut self.by_uid {
            if known.record.namespace == namespace && known.record.gone_ns.is_none() {
                known.record.instants.gap = true;
                known.record.lost |= !there.contains(uid.as_str());
            }
        }
        for pod in pods {
            if let Some(known) = self.known(pod) {
                known.record.instants.gap = true;
                known.last = Reached::of(pod);
            }
        }
    }

    pub fn change(&mut self, pod: &Pod, at: i64) {
        let is_new = !self.by_uid.contains_key(&pod.metadata.uid);
        let Some(known) = self.known(pod) else { return };
        let (now, last, record) = (Reached::of(pod), known.last, &mut known.record);
        for (is, was, instant) in [
            (is_new, false, &mut record.instants.created_ns),
            (now.scheduled, last.scheduled, &mut record.instants.scheduled_ns),
            (now.started, last.started, &mut record.instants.started_ns),
            (now.ready, last.ready, &mut record.instants.ready_ns),
            (now.ending, last.ending, &mut record.ending_ns),
        ] {
            if is && !was {
                instant.get_or_insert(at);
            }
        }
        known.last = now;
    }

    pub fn remove(&mut self, pod: &Pod, at: i64) {
        if let Some(known) = self.known(pod) {
            known.record.gone_ns.get_or_insert(at);
        }
    }

    /// An image of a container is there; the last one before all have started counts.
    pub fn pulled(&mut self, uid: &str, at: i64) {
        if let Some(known) = self.by_uid.get_mut(uid)
            && !known.last.started
        {
            known.record.instants.image_pulled_ns = Some(at);
        }
    }

    /// Nothing more is shown.
    pub fn give_up(&mut self) {
        self.is_whole = false;
        let there = self.by_uid.values_mut().filter(|known| known.record.gone_ns.is_none());
        there.for_each(|known| (known.record.instants.gap, known.record.lost) = (true, true));
    }

    pub fn take(&mut self, sandbox: &str, claim: &ClaimRecord) -> Option<PodRecord> {
        let uid = self.of_sandbox.get(&(claim.namespace.clone(), sandbox.to_owned()))?;
        let pod = &mut self.by_uid.get_mut(uid)?.record;
        pod.claim = Some(claim.name.clone());
        (pod.intended_ns, pod.released_ns) = (Some(claim.intended_ns), claim.released_ns);
        Some(pod.clone())
    }

    pub fn records(&self) -> impl Iterator<Item = &PodRecord> {
        self.by_uid.values().map(|known| &known.record)
    }

    pub fn on_nodes(&self) -> Vec<(String, Vec<String>)> {
        let mut nodes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (uid, Known { record, .. }) in &self.by_uid {
            if let Some(node) = record.node.as_deref().filter(|_| record.gone_ns.is_none() && !record.lost) {
                nodes.entry(node).or_default().push(uid.clone());
            }
        }
        let mut nodes: Vec<_> = nodes.into_iter().map(|(node, uids)| (node.to_owned(), uids)).collect();
        nodes.sort_by_key(|(_, uids)| Reverse(uids.len()));
        nodes
    }

    /// What is known of a Pod of a sandbox, begun where nothing is; `None` of another Pod.
    fn known(&mut self, pod: &Pod) -> Option<&mut Known> {
        let (metadata, sandbox) = (&pod.metadata, pod.sandbox()?);
        let of = (metadata.namespace.clone(), sandbox.to_owned());
        self.of_sandbox.entry(of).or_insert_with(|| metadata.uid.clone());
        let known = self.by_uid.entry(metadata.uid.clone()).or_default();
        let record = &mut known.record;
        if record.name.is_empty() {
            record.namespace.clone_from(&metadata.namespace);
            record.name.clone_from(&metadata.name);
            sandbox.clone_into(&mut record.sandbox);
        }
        if record.node.is_none() {
            record.node = pod.node().map(str::to_owned);
        }
        Some(known)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `state`: 0 created, 1 scheduled, 2 started, 3 ready, 4 ending.
    fn pod(name: &str, state: u32) -> Pod {
        let container = if state >= 2 { json!({"running": {}}) } else { json!({"waiting": {}}) };
        serde_json::from_value(json!({
            "metadata": {
                "name": name, "namespace": "n", "uid": format!("uid-{name}"),
                "deletionTimestamp": (state >= 4).then_some("t"),
                "ownerReferences": [{"kind": "Sandbox", "name": name}],
            },
            "spec": {"nodeName": if state >= 1 { json!("node-1") } else { json!(null) }, "containers": [{}]},
            "status": {
                "conditions": [{"type": "Ready", "status": if state >= 3 { "True" } else { "False" }}],
                "containerStatuses": [{"state": container}],
            },
        }))
        .unwrap()
    }

    fn only(seen: &Seen) -> PodRecord {
        let all: Vec<_> = seen.records().cloned().collect();
        assert_eq!(all.len(), 1);
        all[0].clone()
    }

    fn claim(intended_ns: i64) -> ClaimRecord {
        let plan = crate::load::Plan::new(&crate::config::Config::default().load, 1).unwrap();
        let names = crate::load::Names::new("abcdefgh", None);
        let mut claim = crate::load::lost_record(&plan, &names, 0, 0, true, 0);
        (claim.intended_ns, claim.namespace) = (intended_ns, "n".into());
        claim
    }

    #[test]
    fn each_instant_is_that_of_the_first_event_that_shows_it() {
        let mut seen = Seen::default();
        seen.list("n", &[]);
        seen.begin();
        for (at, state) in [(10, 0), (20, 1), (25, 1), (30, 2), (40, 3), (50, 4)] {
            seen.change(&pod("p", state), at);
            seen.pulled("uid-p", at + 2);
        }
        seen.remove(&pod("p", 4), 60);
        let record = only(&seen);
        let at = record.instants;
        assert_eq!(
            (at.created_ns, at.scheduled_ns, at.started_ns, at.ready_ns),
            (Some(10), Some(20), Some(30), Some(40))
        );
        assert_eq!((at.image_pulled_ns, record.ending_ns, record.gone_ns), (Some(27), Some(50), Some(60)));
        assert_eq!((record.node.as_deref(), at.gap, seen.is_whole()), (Some("node-1"), false, true));
        assert!(seen.on_nodes().is_empty(), "it is gone");
    }

    #[test]
    fn what_was_so_before_the_watch_has_no_instant() {
        let mut seen = Seen::default();
        seen.list("n", &[pod("p", 2)]);
        seen.change(&pod("p", 2), 5);
        seen.change(&pod("p", 3), 7);
        let at = only(&seen).instants;
        assert_eq!((at.created_ns, at.scheduled_ns, at.started_ns, at.ready_ns), (None, None, None, Some(7)));
        assert!(at.gap);
        assert_eq!(seen.on_nodes(), [("node-1".to_owned(), vec!["uid-p".to_owned()])]);
    }

    #[test]
    fn a_gap_hides_what_it_hides() {
        let mut seen = Seen::default();
        seen.list("n", &[]);
        seen.begin();
        seen.change(&pod("stays", 0), 10);
        seen.change(&pod("goes", 3), 11);
        seen.list("n", &[pod("stays", 2)]);
        seen.change(&pod("stays", 3), 30);
        let of = |name: &str| seen.records().find(|pod| pod.name == name).unwrap().clone();
        let at = of("stays").instants;
        assert_eq!((at.created_ns, at.started_ns, at.ready_ns, at.gap), (Some(10), None, Some(30), true));
        assert_eq!((of("goes").gone_ns, of("goes").lost, of("stays").lost), (None, true, false));
        assert!(!seen.is_whole());
    }

    #[test]
    fn a_claim_has_the_first_pod_of_its_sandbox() {
        let mut seen = Seen::default();
        seen.change(&pod("s", 3), 10);
        let mut second = pod("s", 0);
        second.metadata.uid = "another".into();
        seen.change(&second, 90);
        let taken = seen.take("s", &claim(5)).unwrap();
        assert_eq!((taken.instants.created_ns, taken.intended_ns), (Some(10), Some(5)));
        assert!(seen.take("other", &claim(5)).is_none());
        assert_eq!(seen.records().filter(|pod| pod.claim.is_some()).count(), 1);
    }
}
