//! Pods and Events, as far as they matter here.

use std::collections::BTreeMap;

use agent_sandbox_common::api::key;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A Pod.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub metadata: Metadata,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    pub deletion_timestamp: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    owner_references: Option<Vec<Owner>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Owner {
    kind: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    node_name: Option<String>,
    containers: Vec<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    conditions: Option<Vec<Condition>>,
    container_statuses: Option<Vec<Container>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    state: State,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    running: Option<IgnoredAny>,
    terminated: Option<IgnoredAny>,
}

/// An Event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Event {
    pub involved_object: About,
    pub reason: String,
}

/// What an Event is of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct About {
    pub kind: String,
    pub uid: String,
}

impl Pod {
    /// The Sandbox that it is of, by name; of a bare Pod of a run, its own name. `None` of any other Pod.
    pub fn sandbox(&self) -> Option<&str> {
        let owner = self.metadata.owner_references.iter().flatten().find(|owner| owner.kind == "Sandbox");
        let is_bare = || self.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(key::RUN_ID));
        owner.map(|owner| owner.name.as_str()).or_else(|| is_bare().then_some(self.metadata.name.as_str()))
    }

    /// Its node, once it has one.
    pub fn node(&self) -> Option<&str> {
        self.spec.node_name.as_deref().filter(|node| !node.is_empty())
    }

    /// Whether all of its containers have started.
    pub fn has_started(&self) -> bool {
        let started = |it: &&Container| it.state.running.is_some() || it.state.terminated.is_some();
        let count = self.status.container_statuses.iter().flatten().filter(started).count();
        count > 0 && count >= self.spec.containers.len()
    }

    /// Whether its condition Ready is True.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().flatten().any(|it| it.kind == "Ready" && it.status == "True")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(pod: Value) -> Pod {
        serde_json::from_value(pod).unwrap()
    }

    #[test]
    fn a_pod_is_that_of_a_sandbox_or_of_a_run() {
        let of = |metadata: Value| pod(json!({"metadata": metadata})).sandbox().map(str::to_owned);
        let owner = |kind: &str| json!([{"kind": kind, "name": "pool-abc", "controller": true}]);
        assert_eq!(of(json!({"name": "p", "ownerReferences": owner("Sandbox")})).as_deref(), Some("pool-abc"));
        assert_eq!(of(json!({"name": "p", "labels": {key::RUN_ID: "r"}})).as_deref(), Some("p"));
        assert_eq!(of(json!({"name": "p", "ownerReferences": owner("ReplicaSet"), "labels": null})), None);
    }

    #[test]
    fn how_far_a_pod_is() {
        let running = json!({"name": "a", "state": {"running": {"startedAt": "t"}}});
        let waiting = json!({"name": "b", "state": {"waiting": {"reason": "ContainerCreating"}}});
        let ended = json!({"name": "b", "state": {"terminated": {"exitCode": 0}}});
        let with = |containers: Value| {
            let of =
                json!({"spec": {"containers": [{}, {}], "nodeName": "n"}, "status": {"containerStatuses": containers}});
            pod(of).has_started()
        };
        assert!(with(json!([running, ended])) && !with(json!([running, waiting])) && !with(json!([running])));
        assert!(!with(Value::Null));
        let condition = |status: &str| pod(json!({"status": {"conditions": [{"type": "Ready", "status": status}]}}));
        assert!(condition("True").is_ready() && !condition("False").is_ready());
        assert_eq!((pod(json!({"spec": {"nodeName": ""}})).node(), pod(json!({})).is_ready()), (None, false));
    }
}
