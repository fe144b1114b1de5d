//! The columns `kubectl get` shows of the built-in kinds, as on a cluster.

use serde_json::Value;

use super::cells;

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
    [workload, namespaced, cluster].iter().flat_map(|columns| columns(kind)).collect()
}

/// Pods and what makes them.
fn workload(kind: &str) -> Vec<Shown> {
    match kind {
        "Pod" => vec![
            reckoned("Ready", cells::pod_ready),
            reckoned("Status", cells::pod_status),
            reckoned("Restarts", |_| "0".into()),
            wide("IP", ".status.podIP"),
            wide("Node", ".spec.nodeName"),
            wide("Nominated Node", ".status.nominatedNodeName"),
        ],
        "Deployment" => vec![
            reckoned("Ready", |object| cells::share(object, "/status/readyReplicas", "/spec/replicas")),
            reckoned("Up-to-date", |object| cells::number(object, "/status/updatedReplicas")),
            reckoned("Available", |object| cells::number(object, "/status/availableReplicas")),
        ],
        "DaemonSet" => vec![
            reckoned("Desired", |object| cells::number(object, "/status/desiredNumberScheduled")),
            reckoned("Current", |object| cells::number(object, "/status/currentNumberScheduled")),
            reckoned("Ready", |object| cells::number(object, "/status/numberReady")),
            reckoned("Up-to-date", |object| cells::number(object, "/status/updatedNumberScheduled")),
            reckoned("Available", |object| cells::number(object, "/status/numberAvailable")),
            reckoned("Node Selector", cells::node_selector),
        ],
        "ReplicaSet" => vec![
            reckoned("Desired", |object| cells::number(object, "/spec/replicas")),
            reckoned("Current", |object| cells::number(object, "/status/replicas")),
            reckoned("Ready", |object| cells::number(object, "/status/readyReplicas")),
        ],
        "Job" => vec![
            reckoned("Status", cells::job_status),
            reckoned("Completions", |object| cells::share(object, "/status/succeeded", "/spec/completions")),
            reckoned("Duration", cells::job_duration),
        ],
        _ => Vec::new(),
    }
}

/// What else stands in a namespace.
fn namespaced(kind: &str) -> Vec<Shown> {
    match kind {
        "Service" => vec![
            reckoned("Type", |object| cells::text(object, "/spec/type", "ClusterIP")),
            reckoned("Cluster-IP", |object| cells::text(object, "/spec/clusterIP", "<none>")),
            reckoned("External-IP", |_| "<none>".into()),
            reckoned("Port(s)", cells::ports),
        ],
        "ConfigMap" => {
            vec![reckoned("Data", |object| {
                (cells::entries(object, "data") + cells::entries(object, "binaryData")).to_string()
            })]
        }
        "Secret" => vec![
            reckoned("Type", |object| cells::text(object, "/type", "Opaque")),
            reckoned("Data", |object| cells::entries(object, "data").to_string()),
        ],
        "ServiceAccount" => {
            vec![reckoned("Secrets", |object| object["secrets"].as_array().map_or(0, Vec::len).to_string())]
        }
        "RoleBinding" | "ClusterRoleBinding" => vec![reckoned("Role", |object| {
            format!("{}/{}", cells::text(object, "/roleRef/kind", ""), cells::text(object, "/roleRef/name", ""))
        })],
        "Lease" => vec![path("Holder", ".spec.holderIdentity")],
        "Event" => vec![
            reckoned("Last Seen", cells::last_seen),
            path("Type", ".type"),
            path("Reason", ".reason"),
            reckoned("Object", cells::event_object),
            reckoned("Message", |object| cells::text(object, "/message", &cells::text(object, "/note", ""))),
        ],
        _ => Vec::new(),
    }
}

/// What stands in none.
fn cluster(kind: &str) -> Vec<Shown> {
    match kind {
        "Namespace" => vec![path("Status", ".status.phase")],
        "Node" => vec![
            reckoned("Status", cells::node_status),
            reckoned("Roles", |_| "<none>".into()),
            age_column(),
            path("Version", ".status.nodeInfo.kubeletVersion"),
            wide("Container-Runtime", ".status.nodeInfo.containerRuntimeVersion"),
        ],
        "RuntimeClass" => vec![path("Handler", ".handler")],
        "PriorityClass" => vec![
            path("Value", ".value"),
            reckoned("Global-Default", |object| (object["globalDefault"] == true).to_string()),
            age_column(),
            reckoned("PreemptionPolicy", |object| cells::text(object, "/preemptionPolicy", "PreemptLowerPriority")),
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
