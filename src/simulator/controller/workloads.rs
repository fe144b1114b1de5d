use std::time::Duration;

use serde_json::{Value, json};

use super::controllers::Controllers;
use super::timers::Task;
use crate::kinds::{CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, KindId, NODES};
use crate::store::{Event, Key, Object, Timestamp};

/// Between a change of what is desired and its status.
const ROLL_OUT_TIME: Duration = Duration::from_millis(50);

impl Controllers {
    /// A Deployment, `DaemonSet` or CRD becomes what its spec says.
    pub(super) fn roll_out_later(&mut self, kind: KindId, event: &Event) {
        let generation = |object: &Object| object.metadata.generation;
        if event.previous.as_deref().map(generation) != Some(generation(&event.object)) {
            let delay = if kind == CUSTOM_RESOURCE_DEFINITIONS { Duration::ZERO } else { ROLL_OUT_TIME };
            self.after(delay, Task::RollOut(kind, event.key()));
        }
    }

    pub(super) fn roll_out(&mut self, kind: KindId, key: &Key) {
        let mut state = self.store.lock();
        let (now, nodes) = (state.now(), state.objects(NODES).len());
        let Some(object) = state.get(kind, key).cloned() else { return };
        let status = match kind {
            CUSTOM_RESOURCE_DEFINITIONS => definition_status(&object, now),
            DEPLOYMENTS => deployment_status(&object, now),
            _ => json!({ "observedGeneration": object.metadata.generation, "desiredNumberScheduled": nodes,
                "currentNumberScheduled": nodes, "updatedNumberScheduled": nodes, "numberReady": nodes,
                "numberAvailable": nodes, "numberMisscheduled": 0 }),
        };
        state.update(kind, key, |object| object.set("status", &status));
    }
}

fn deployment_status(object: &Object, now: Timestamp) -> Value {
    let replicas = object.parse("spec")["replicas"].as_u64().unwrap_or(1);
    let condition = |name: &str, reason: &str| {
        json!({ "type": name, "status": "True", "reason": reason, "message": "",
        "lastUpdateTime": now, "lastTransitionTime": now })
    };
    let mut status = json!({ "observedGeneration": object.metadata.generation, "conditions": [
        condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")] });
    if replicas > 0 {
        for field in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
            status[field] = replicas.into();
        }
    }
    status
}

fn definition_status(object: &Object, now: Timestamp) -> Value {
    let spec = object.parse("spec");
    let condition = |name: &str, reason: &str, message: &str| {
        json!({ "type": name, "status": "True", "reason": reason,
        "message": message, "lastTransitionTime": now })
    };
    let mut stored = object.parse("status")["storedVersions"].as_array().cloned().unwrap_or_default();
    let versions = spec["versions"].as_array().into_iter().flatten();
    for version in versions.filter(|version| version["storage"] == true) {
        if !stored.contains(&version["name"]) {
            stored.push(version["name"].clone());
        }
    }
    json!({ "acceptedNames": spec["names"], "storedVersions": stored, "conditions": [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted")] })
}
