//! A sandbox's mode: what is asked of it, and what it shows.

use std::sync::Arc;

use agent_sandbox_common::api::key;
use serde::Deserialize;

use super::{Event, Object, Readiness};
use crate::truth::ModeChange;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Mode {
    operating_mode: String,
    /// In the first API.
    replicas: Option<u32>,
}

/// Whether the sandbox is to be suspended. Hardly any is, and only those that may be are parsed for it.
pub fn is_suspended(sandbox: &Object) -> bool {
    let may_be = |spec: &str| spec.contains("\"Suspended\"") || spec.contains("\"replicas\":0");
    if !sandbox.section("spec").is_some_and(|spec| may_be(spec.get())) {
        return false;
    }
    let mode: Mode = sandbox.parse_as("spec");
    mode.operating_mode == "Suspended" || mode.replicas == Some(0)
}

/// The uid under which the truth has a sandbox: its claim's, or its own where it is bare.
pub fn truth_uid(sandbox: &Object) -> Arc<str> {
    sandbox.metadata.labels.get(key::CLAIM_UID).map_or_else(|| sandbox.metadata.uid.clone(), Arc::from)
}

/// The mode that a write of a sandbox's spec asks for, where it had the other.
pub fn mode_asked(event: &Event) -> Option<ModeChange> {
    let previous = event.previous.as_ref()?;
    if previous.metadata.generation == event.object.metadata.generation {
        return None;
    }
    match (is_suspended(previous), is_suspended(&event.object)) {
        (false, true) => Some(ModeChange::Suspend),
        (true, false) => Some(ModeChange::Resume),
        (false, false) | (true, true) => None,
    }
}

/// The mode that a write of a sandbox's status is the first to show: suspended it has no pod's address, and resumed it becomes
/// Ready. One that was never suspended is Ready once, of its first spec or as it is adopted, and the truth asks for nothing.
pub fn mode_shown(event: &Event) -> Option<ModeChange> {
    let previous =
        event.previous.as_ref().filter(|_| event.object.metadata.generation > 1 && event.changes_status())?;
    let (before, now) = (Readiness::of(previous), Readiness::of(&event.object));
    if is_suspended(&event.object) {
        return (before.has_address() && !now.has_address()).then_some(ModeChange::Suspend);
    }
    (!before.is_ready() && now.is_ready()).then_some(ModeChange::Resume)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::store::Change;

    fn sandbox(generation: u64, spec: &Value, ready: bool, has_pod: bool) -> Arc<Object> {
        let addresses = if has_pod { json!(["10.0.0.1"]) } else { json!([]) };
        let status = json!({ "conditions": [{ "type": "Ready", "status": if ready { "True" } else { "False" } }],
            "podIPs": addresses });
        let metadata =
            json!({ "name": "s", "uid": "own", "generation": generation, "labels": { key::CLAIM_UID: "c" } });
        Arc::new(Object::from_value(json!({ "metadata": metadata, "spec": spec, "status": status })).unwrap())
    }

    fn event(previous: &Arc<Object>, object: &Arc<Object>) -> Event {
        Event {
            change: Change::Modified,
            object: object.clone(),
            previous: Some(previous.clone()),
            written_ns: 0,
            becomes_ready: false,
        }
    }

    #[test]
    fn a_cycle_is_asked_for_and_shown_in_both_apis() {
        for (running, suspended) in [
            (json!({ "operatingMode": "Running" }), json!({ "operatingMode": "Suspended" })),
            (json!({ "replicas": 1 }), json!({ "replicas": 0 })),
        ] {
            let life = [
                sandbox(1, &running, true, true),
                sandbox(2, &suspended, true, true),
                sandbox(2, &suspended, false, true),
                sandbox(2, &suspended, false, false),
                sandbox(3, &running, false, false),
                sandbox(3, &running, false, true),
                sandbox(3, &running, true, true),
            ];
            let events: Vec<Event> = life.windows(2).map(|pair| event(&pair[0], &pair[1])).collect();
            let at = |change, of: fn(&Event) -> Option<ModeChange>| -> Vec<usize> {
                (0..events.len()).filter(|at| of(&events[*at]) == Some(change)).collect()
            };
            assert_eq!((at(ModeChange::Suspend, mode_asked), at(ModeChange::Resume, mode_asked)), (vec![0], vec![3]));
            assert_eq!((at(ModeChange::Suspend, mode_shown), at(ModeChange::Resume, mode_shown)), (vec![2], vec![5]));
            assert_eq!(&*truth_uid(&life[0]), "c");
        }
    }
}
