//! The texts in the cells of `kubectl get`.

use serde_json::Value;

use crate::store::Timestamp;
use agent_sandbox_common::clock::timestamp;

/// The value of a path such as `.status.conditions[?(@.type=="Ready")].status`.
pub fn find(object: &Value, path: &str) -> Value {
    let mut at = object;
    let mut rest = path;
    while let Some(next) = rest.strip_prefix('.') {
        let end = next.find(['.', '[']).unwrap_or(next.len());
        at = &at[&next[..end]];
        rest = &next[end..];
        if let Some((condition, after)) = rest.strip_prefix("[?(@.").and_then(|rest| rest.split_once(")]")) {
            let (key, wanted) = condition.split_once("==").unwrap_or((condition, ""));
            let wanted = wanted.trim_matches(['"', '\'']);
            let items = at.as_array().into_iter().flatten();
            at = items.into_iter().find(|item| item[key.trim()] == wanted).unwrap_or(&Value::Null);
            rest = after;
        }
    }
    at.clone()
}

/// How long ago an instant was.
pub fn age(time: &str) -> String {
    let Ok(Timestamp(then)) = serde_json::from_value(time.into()) else { return "<unknown>".into() };
    short(timestamp().as_second() - then)
}

/// A number of seconds in the largest unit that it fills twice.
pub fn short(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{}s", seconds.max(0)),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

pub fn text(object: &Value, pointer: &str, default: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or(default).into()
}

pub fn number(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0).to_string()
}

pub fn share(object: &Value, ready: &str, all: &str) -> String {
    format!("{}/{}", number(object, ready), number(object, all))
}

pub fn entries(object: &Value, field: &str) -> usize {
    object[field].as_object().map_or(0, serde_json::Map::len)
}

pub fn is_ready(object: &Value) -> bool {
    find(object, ".status.conditions[?(@.type==\"Ready\")].status") == "True"
}

pub fn node_status(node: &Value) -> String {
    let status = if is_ready(node) { "Ready" } else { "NotReady" };
    let cordoned = if node["spec"]["unschedulable"] == true { ",SchedulingDisabled" } else { "" };
    format!("{status}{cordoned}")
}

pub fn pod_ready(pod: &Value) -> String {
    let all = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    format!("{}/{all}", statuses.filter(|status| status["ready"] == true).count())
}

pub fn pod_status(pod: &Value) -> String {
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return "Terminating".into();
    }
    let mut waiting = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let reason = waiting.find_map(|status| status["state"]["waiting"]["reason"].as_str());
    let phase = pod["status"]["phase"].as_str().filter(|phase| *phase != "Succeeded");
    reason.or(phase).unwrap_or("Completed").into()
}

pub fn job_status(job: &Value) -> String {
    let is = |condition: &str| find(job, &format!(".status.conditions[?(@.type==\"{condition}\")].status")) == "True";
    ["Complete", "Failed"].into_iter().find(|condition| is(condition)).unwrap_or("Running").into()
}

pub fn job_duration(job: &Value) -> String {
    let time = |field: &str| job["status"][field].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let Some(start) = time("startTime") else { return String::new() };
    let end = time("completionTime").unwrap_or_else(timestamp);
    short(end.as_second() - start.as_second())
}

pub fn node_selector(set: &Value) -> String {
    let selector = &set["spec"]["template"]["spec"]["nodeSelector"];
    let pairs = selector.as_object().into_iter().flatten();
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

pub fn ports(service: &Value) -> String {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let one = |port: &Value| format!("{}/{}", port["port"], port["protocol"].as_str().unwrap_or("TCP"));
    let ports: Vec<String> = ports.map(one).collect();
    if ports.is_empty() { "<none>".into() } else { ports.join(",") }
}

pub fn last_seen(event: &Value) -> String {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/deprecatedLastTimestamp", "/eventTime"];
    let last = times.iter().find_map(|pointer| event.pointer(pointer).and_then(Value::as_str));
    last.or(event["metadata"]["creationTimestamp"].as_str()).map_or_else(|| "<unknown>".into(), age)
}

pub fn event_object(event: &Value) -> String {
    let about = if event["regarding"].is_object() { &event["regarding"] } else { &event["involvedObject"] };
    format!("{}/{}", text(about, "/kind", "").to_lowercase(), text(about, "/name", ""))
}
