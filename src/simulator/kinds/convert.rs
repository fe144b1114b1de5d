use serde_json::{Map, Value};

/// Turns the body of an object into that of `version`: of agent-sandbox's as upstream's conversion webhook does.
pub fn convert(kind: &str, object: &mut Value, version: &str) {
    if kind == "Event" {
        return event(object, version);
    }
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    match (kind, version) {
        ("Sandbox", "v1alpha1") => running_to_replicas(spec),
        ("Sandbox", "v1beta1") => replicas_to_running(spec),
        ("SandboxClaim", "v1alpha1") => pool_to_names(spec),
        ("SandboxClaim", "v1beta1") => names_to_pool(spec),
        _ => {}
    }
}

/// Version under which the events of the core group are those of `events.k8s.io`: the same objects, other fields.
pub const NEWER_EVENTS: &str = "events.k8s.io/v1";

/// Fields of an Event in the core group, and in `events.k8s.io`.
const EVENT: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

fn event(object: &mut Value, version: &str) {
    let Some(fields) = object.as_object_mut() else { return };
    for (older, newer) in EVENT {
        let (from, to) = if version == NEWER_EVENTS { (older, newer) } else { (newer, older) };
        if let Some(value) = fields.remove(from) {
            fields.insert(to.into(), value);
        }
    }
}

fn running_to_replicas(spec: &mut Map<String, Value>) {
    let suspended = spec.remove("operatingMode").is_some_and(|mode| mode == "Suspended");
    spec.insert("replicas".into(), i32::from(!suspended).into());
}

fn replicas_to_running(spec: &mut Map<String, Value>) {
    let suspended = spec.remove("replicas").is_some_and(|replicas| replicas == 0);
    spec.insert("operatingMode".into(), if suspended { "Suspended" } else { "Running" }.into());
}

/// A claim that came in the older version has its names still.
fn pool_to_names(spec: &mut Map<String, Value>) {
    let Some(pool) = spec.remove("warmPoolRef").filter(|_| !spec.contains_key(TEMPLATE)) else { return };
    let name = pool["name"].clone();
    spec.insert(TEMPLATE.into(), serde_json::json!({ "name": name.clone() }));
    spec.insert("warmpool".into(), name);
}

/// v1alpha1 names a template and `none`, `default` or a pool; a pool of the template's name stands for `default`. The names
/// stay beside what they become: a schema of the newer version takes them out.
fn names_to_pool(spec: &mut Map<String, Value>) {
    let template = spec.get(TEMPLATE).map(|template| template["name"].clone()).unwrap_or_default();
    let pool = spec.get("warmpool").filter(|pool| *pool != "default").cloned();
    spec.insert("warmPoolRef".into(), serde_json::json!({ "name": pool.unwrap_or(template) }));
}

const TEMPLATE: &str = "sandboxTemplateRef";
