//! What scheduler and kubelet write into a pod.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::kinds::PODS;
use crate::store::{Key, Object, State};

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

/// Binds a pod to a node; its containers wait for `reason`.
pub fn set_scheduled(state: &mut State, key: &Key, node: &str, reason: &str) {
    let now = state.now();
    state.update(PODS, key, |pod| {
        let spec: PodSpec = pod.parse_as("spec");
        let waiting = |container: &Container| {
            json!({ "name": container.name, "image": container.image,
            "imageID": "", "ready": false, "restartCount": 0, "state": { "waiting": { "reason": reason } } })
        };
        let containers: Vec<Value> = spec.containers.iter().map(waiting).collect();
        pod.set(
            "status",
            &json!({ "phase": "Pending", "startTime": now, "containerStatuses": containers,
            "conditions": [{ "type": "PodScheduled", "status": "True", "lastTransitionTime": now }] }),
        );
        bind_to(pod, node);
    });
}

/// The scheduler's condition when all `nodes` are full; once.
pub fn set_unschedulable(state: &mut State, key: &Key, nodes: usize) {
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

/// The pod has an address.
pub fn set_network(state: &mut State, key: &Key, uid: &str, address: &str) {
    if !is_there(state, key, uid) {
        return;
    }
    state.update(PODS, key, |pod| {
        let mut status = pod.parse("status");
        status["podIP"] = address.into();
        status["podIPs"] = json!([{ "ip": address }]);
        pod.set("status", &status);
    });
}

/// The pod runs, and is Ready.
pub fn set_running(state: &mut State, key: &Key) {
    let now = state.now();
    state.update(PODS, key, |pod| {
        let mut status = pod.parse("status");
        status["phase"] = "Running".into();
        for name in ["Initialized", "ContainersReady", "Ready"] {
            set_condition(&mut status, name, "True", "", &now);
        }
        let containers = status["containerStatuses"].as_array_mut();
        for container in containers.into_iter().flatten().filter(|it| it.is_object()) {
            container["ready"] = true.into();
            container["started"] = true.into();
            container["state"] = json!({ "running": { "startedAt": now } });
        }
        pod.set("status", &status);
    });
}

/// The pod's containers have exited with `code`.
pub fn set_ended(state: &mut State, key: &Key, uid: &str, code: i32) {
    if !is_there(state, key, uid) {
        return;
    }
    let now = state.now();
    state.update(PODS, key, |pod| {
        let mut status = pod.parse("status");
        let (phase, reason) = if code == 0 { ("Succeeded", "Completed") } else { ("Failed", "Error") };
        status["phase"] = phase.into();
        let word = if code == 0 { "PodCompleted" } else { "PodFailed" };
        for (name, is) in [("Initialized", "True"), ("ContainersReady", "False"), ("Ready", "False")] {
            set_condition(&mut status, name, is, word, &now);
        }
        let containers = status["containerStatuses"].as_array_mut();
        for container in containers.into_iter().flatten().filter(|it| it.is_object()) {
            container["ready"] = false.into();
            let started = container.pointer_mut("/state/running/startedAt").map(Value::take);
            container["state"] = json!({ "terminated": { "exitCode": code, "reason": reason,
                "startedAt": started, "finishedAt": now } });
        }
        pod.set("status", &status);
    });
}

/// Sets a condition; one that is so already keeps its time.
fn set_condition(status: &mut Value, name: &str, is: &str, reason: &str, now: &impl Serialize) {
    let mut conditions = status["conditions"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let old = conditions.iter().position(|it| it["type"] == name).map(|at| conditions.remove(at));
    let since = old.filter(|old| old["status"] == is).map(|old| old["lastTransitionTime"].clone());
    let since = since.unwrap_or_else(|| json!(now));
    let mut new = json!({ "type": name, "status": is, "lastTransitionTime": since });
    if !reason.is_empty() {
        new["reason"] = reason.into();
    }
    conditions.push(new);
    status["conditions"] = conditions.into();
}

/// Removes a pod whose containers have ended; one with finalizers stays until they are gone.
pub fn remove(state: &mut State, key: &Key, uid: &str) {
    if !is_there(state, key, uid) {
        return;
    }
    if state.get(PODS, key).is_some_and(|pod| pod.metadata.finalizers.is_empty()) {
        state.remove(PODS, key);
    } else {
        state.update(PODS, key, |pod| pod.metadata.deletion_grace_period_seconds = Some(0));
    }
}

fn is_there(state: &State, key: &Key, uid: &str) -> bool {
    state.get(PODS, key).is_some_and(|pod| *pod.metadata.uid == *uid)
}

/// Puts the node's name first in the spec: all else of it stays the text it is.
fn bind_to(pod: &mut Object, node: &str) {
    let rest = pod.section("spec").map_or("}", |spec| &spec.get()[1..]);
    let comma = if rest.trim_start() == "}" { "" } else { "," };
    let spec = RawValue::from_string(format!("{{\"nodeName\":\"{node}\"{comma}{rest}")).ok();
    pod.set_json("spec", spec.map(Arc::from));
}
