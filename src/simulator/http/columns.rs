//! The columns `kubectl get` shows of the built-in kinds, as on a cluster.

use serde_json::Value;

use super::table::{age, find, short};

/// A column.
#[derive(Debug, Clone)]
pub struct Shown {
    pub title: String,
    pub format: String,
    /// Only with `-o wide`.
    pub wide: bool,
    pub source: Source,
}

/// Where the cells come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// `jsonPath` of an `additionalPrinterColumn`.
    Path(String),
    Reckoned(fn(&Value) -> String),
}

/// Those of a kind, its name among them.
pub fn built_in(kind: &str) -> Vec<Shown> {
    let mut columns = known(kind);
    let has_date = columns.iter().any(|column| ["Age", "Created At", "Last Seen"].contains(&&*column.title));
    if !has_date {
        let narrow = columns.iter().position(|column| column.wide).unwrap_or(columns.len());
        columns.insert(narrow, age_column());
    }
    // An event's name says nothing.
    let name = Shown { wide: kind == "Event", ..path("Name", ".metadata.name") };
    columns.insert(if name.wide { columns.len() } else { 0 }, name);
    columns
}

fn known(kind: &str) -> Vec<Shown> {
    match kind {
        "Namespace" => vec![path("Status", ".status.phase")],
        "Node" => vec![
            reckoned("Status", node_status),
            reckoned("Roles", |_| "<none>".into()),
            age_column(),
            path("Version", ".status.nodeInfo.kubeletVersion"),
            wide("Container-Runtime", ".status.nodeInfo.containerRuntimeVersion"),
        ],
        "Pod" => vec![
            reckoned("Ready", pod_ready),
            reckoned("Status", pod_status),
            reckoned("Restarts", |_| "0".into()),
            wide("IP", ".status.podIP"),
            wide("Node", ".spec.nodeName"),
            wide("Nominated Node", ".status.nominatedNodeName"),
        ],
        "Deployment" => vec![
            reckoned("Ready", |object| share(object, "/status/readyReplicas", "/spec/replicas")),
            reckoned("Up-to-date", |object| number(object, "/status/updatedReplicas")),
            reckoned("Available", |object| number(object, "/status/availableReplicas")),
        ],
        "DaemonSet" => vec![
            reckoned("Desired", |object| number(object, "/status/desiredNumberScheduled")),
            reckoned("Current", |object| number(object, "/status/currentNumberScheduled")),
            reckoned("Ready", |object| number(object, "/status/numberReady")),
            reckoned("Up-to-date", |object| number(object, "/status/updatedNumberScheduled")),
            reckoned("Available", |object| number(object, "/status/numberAvailable")),
            reckoned("Node Selector", node_selector),
        ],
        "ReplicaSet" => vec![
            reckoned("Desired", |object| number(object, "/spec/replicas")),
            reckoned("Current", |object| number(object, "/status/replicas")),
            reckoned("Ready", |object| number(object, "/status/readyReplicas")),
        ],
        "Job" => vec![
            reckoned("Status", job_status),
            reckoned("Completions", |object| share(object, "/status/succeeded", "/spec/completions")),
            reckoned("Duration", job_duration),
        ],
        "Service" => vec![
            reckoned("Type", |object| text(object, "/spec/type", "ClusterIP")),
            reckoned("Cluster-IP", |object| text(object, "/spec/clusterIP", "<none>")),
            reckoned("External-IP", |_| "<none>".into()),
            reckoned("Port(s)", ports),
        ],
        "ConfigMap" => {
            vec![reckoned("Data", |object| (entries(object, "data") + entries(object, "binaryData")).to_string())]
        }
        "Secret" => vec![
            reckoned("Type", |object| text(object, "/type", "Opaque")),
            reckoned("Data", |object| entries(object, "data").to_string()),
        ],
        "ServiceAccount" => {
            vec![reckoned("Secrets", |object| object["secrets"].as_array().map_or(0, Vec::len).to_string())]
        }
        "RoleBinding" | "ClusterRoleBinding" => vec![reckoned("Role", |object| {
            format!("{}/{}", text(object, "/roleRef/kind", ""), text(object, "/roleRef/name", ""))
        })],
        "Lease" => vec![path("Holder", ".spec.holderIdentity")],
        "RuntimeClass" => vec![path("Handler", ".handler")],
        "PriorityClass" => vec![
            path("Value", ".value"),
            reckoned("Global-Default", |object| (object["globalDefault"] == true).to_string()),
            age_column(),
            reckoned("PreemptionPolicy", |object| text(object, "/preemptionPolicy", "PreemptLowerPriority")),
        ],
        "PriorityLevelConfiguration" => vec![
            path("Type", ".spec.type"),
            path("NominalConcurrencyShares", ".spec.limited.nominalConcurrencyShares"),
            path("Queues", ".spec.limited.limitResponse.queuing.queues"),
            path("HandSize", ".spec.limited.limitResponse.queuing.handSize"),
            path("QueueLengthLimit", ".spec.limited.limitResponse.queuing.queueLengthLimit"),
        ],
        "FlowSchema" => vec![
            path("PriorityLevel", ".spec.priorityLevelConfiguration.name"),
            path("MatchingPrecedence", ".spec.matchingPrecedence"),
            path("DistinguisherMethod", ".spec.distinguisherMethod.type"),
            age_column(),
            reckoned("MissingPL", |_| "False".into()),
        ],
        "Event" => vec![
            reckoned("Last Seen", last_seen),
            path("Type", ".type"),
            path("Reason", ".reason"),
            reckoned("Object", event_object),
            reckoned("Message", |object| text(object, "/message", &text(object, "/note", ""))),
        ],
        "CustomResourceDefinition" | "Role" | "ClusterRole" => vec![path("Created At", ".metadata.creationTimestamp")],
        _ => Vec::new(),
    }
}

fn age_column() -> Shown {
    Shown { format: "date".into(), ..path("Age", ".metadata.creationTimestamp") }
}

fn path(title: &str, path: &str) -> Shown {
    Shown { title: title.into(), format: "string".into(), wide: false, source: Source::Path(path.into()) }
}

fn wide(title: &str, of: &str) -> Shown {
    Shown { wide: true, ..path(title, of) }
}

fn reckoned(title: &str, how: fn(&Value) -> String) -> Shown {
    Shown { source: Source::Reckoned(how), ..path(title, "") }
}

fn text(object: &Value, pointer: &str, default: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or(default).into()
}

fn number(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0).to_string()
}

fn share(object: &Value, ready: &str, all: &str) -> String {
    format!("{}/{}", number(object, ready), number(object, all))
}

fn entries(object: &Value, field: &str) -> usize {
    object[field].as_object().map_or(0, serde_json::Map::len)
}

fn is_ready(object: &Value) -> bool {
    find(object, ".status.conditions[?(@.type==\"Ready\")].status") == "True"
}

fn node_status(node: &Value) -> String {
    let status = if is_ready(node) { "Ready" } else { "NotReady" };
    let cordoned = if node["spec"]["unschedulable"] == true { ",SchedulingDisabled" } else { "" };
    format!("{status}{cordoned}")
}

fn pod_ready(pod: &Value) -> String {
    let all = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    format!("{}/{all}", statuses.filter(|status| status["ready"] == true).count())
}

fn pod_status(pod: &Value) -> String {
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return "Terminating".into();
    }
    let mut waiting = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let reason = waiting.find_map(|status| status["state"]["waiting"]["reason"].as_str());
    let phase = pod["status"]["phase"].as_str().filter(|phase| *phase != "Succeeded");
    reason.or(phase).unwrap_or("Completed").into()
}

fn job_status(job: &Value) -> String {
    let is = |condition: &str| find(job, &format!(".status.conditions[?(@.type==\"{condition}\")].status")) == "True";
    ["Complete", "Failed"].into_iter().find(|condition| is(condition)).unwrap_or("Running").into()
}

fn job_duration(job: &Value) -> String {
    let time = |field: &str| job["status"][field].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let Some(start) = time("startTime") else { return String::new() };
    let end = time("completionTime").unwrap_or_else(jiff::Timestamp::now);
    short(end.as_second() - start.as_second())
}

fn node_selector(set: &Value) -> String {
    let selector = &set["spec"]["template"]["spec"]["nodeSelector"];
    let pairs = selector.as_object().into_iter().flatten();
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

fn ports(service: &Value) -> String {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let one = |port: &Value| format!("{}/{}", port["port"], port["protocol"].as_str().unwrap_or("TCP"));
    let ports: Vec<String> = ports.map(one).collect();
    if ports.is_empty() { "<none>".into() } else { ports.join(",") }
}

fn last_seen(event: &Value) -> String {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/deprecatedLastTimestamp", "/eventTime"];
    let last = times.iter().find_map(|pointer| event.pointer(pointer).and_then(Value::as_str));
    last.or(event["metadata"]["creationTimestamp"].as_str()).map_or_else(|| "<unknown>".into(), age)
}

fn event_object(event: &Value) -> String {
    let about = if event["regarding"].is_object() { &event["regarding"] } else { &event["involvedObject"] };
    format!("{}/{}", text(about, "/kind", "").to_lowercase(), text(about, "/name", ""))
}
