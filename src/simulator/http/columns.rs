//! The columns `kubectl get` shows of the built-in kinds, as on a cluster.

use serde_json::Value;

use super::cells;

/// A column.
#[derive(Debug, Clone)]
pub struct TableColumn {
    pub title: String,
    pub format: String,
    /// Only with `-o wide`.
    pub wide: bool,
    pub source: CellSource,
}

/// Where the cells come from.
#[derive(Debug, Clone)]
pub enum CellSource {
    /// `jsonPath` of an `additionalPrinterColumn`.
    Path(String),
    Computed(fn(&Value) -> String),
}

/// Those of a kind, its name among them.
pub fn built_in(kind: &str) -> Vec<TableColumn> {
    let mut columns = columns_of(kind);
    let has_date = columns.iter().any(|column| ["Age", "Created At", "Last Seen"].contains(&&*column.title));
    if !has_date {
        let narrow = columns.iter().position(|column| column.wide).unwrap_or(columns.len());
        columns.insert(narrow, age_column());
    }
    // An event's name is of no use.
    let name = TableColumn { wide: kind == "Event", ..path("Name", ".metadata.name") };
    columns.insert(if name.wide { columns.len() } else { 0 }, name);
    columns
}

fn columns_of(kind: &str) -> Vec<TableColumn> {
    [workload, namespaced, cluster].iter().flat_map(|columns| columns(kind)).collect()
}

/// Pods and what makes them.
fn workload(kind: &str) -> Vec<TableColumn> {
    match kind {
        "Pod" => vec![
            computed("Ready", cells::pod_ready),
            computed("Status", cells::pod_status),
            computed("Restarts", |_| "0".into()),
            wide("IP", ".status.podIP"),
            wide("Node", ".spec.nodeName"),
            wide("Nominated Node", ".status.nominatedNodeName"),
        ],
        "Deployment" => vec![
            computed("Ready", |object| cells::share(object, "/status/readyReplicas", "/spec/replicas")),
            computed("Up-to-date", |object| cells::number(object, "/status/updatedReplicas")),
            computed("Available", |object| cells::number(object, "/status/availableReplicas")),
        ],
        "DaemonSet" => vec![
            computed("Desired", |object| cells::number(object, "/status/desiredNumberScheduled")),
            computed("Current", |object| cells::number(object, "/status/currentNumberScheduled")),
            computed("Ready", |object| cells::number(object, "/status/numberReady")),
            computed("Up-to-date", |object| cells::number(object, "/status/updatedNumberScheduled")),
            computed("Available", |object| cells::number(object, "/status/numberAvailable")),
            computed("Node Selector", cells::node_selector),
        ],
        "ReplicaSet" => vec![
            computed("Desired", |object| cells::number(object, "/spec/replicas")),
            computed("Current", |object| cells::number(object, "/status/replicas")),
            computed("Ready", |object| cells::number(object, "/status/readyReplicas")),
        ],
        "Job" => vec![
            computed("Status", cells::job_status),
            computed("Completions", |object| cells::share(object, "/status/succeeded", "/spec/completions")),
            computed("Duration", cells::job_duration),
        ],
        _ => Vec::new(),
    }
}

/// What else stands in a namespace.
fn namespaced(kind: &str) -> Vec<TableColumn> {
    match kind {
        "Service" => vec![
            computed("Type", |object| cells::text(object, "/spec/type", "ClusterIP")),
            computed("Cluster-IP", |object| cells::text(object, "/spec/clusterIP", "<none>")),
            computed("External-IP", |_| "<none>".into()),
            computed("Port(s)", cells::ports),
        ],
        "ConfigMap" => {
            vec![computed("Data", |object| {
                (cells::entries(object, "data") + cells::entries(object, "binaryData")).to_string()
            })]
        }
        "Secret" => vec![
            computed("Type", |object| cells::text(object, "/type", "Opaque")),
            computed("Data", |object| cells::entries(object, "data").to_string()),
        ],
        "ServiceAccount" => {
            vec![computed("Secrets", |object| object["secrets"].as_array().map_or(0, Vec::len).to_string())]
        }
        "RoleBinding" | "ClusterRoleBinding" => vec![computed("Role", |object| {
            format!("{}/{}", cells::text(object, "/roleRef/kind", ""), cells::text(object, "/roleRef/name", ""))
        })],
        "Lease" => vec![path("Holder", ".spec.holderIdentity")],
        "Event" => vec![
            computed("Last Seen", cells::last_seen),
            path("Type", ".type"),
            path("Reason", ".reason"),
            computed("Object", cells::event_object),
            computed("Message", |object| cells::text(object, "/message", &cells::text(object, "/note", ""))),
        ],
        _ => Vec::new(),
    }
}

/// What stands in none.
fn cluster(kind: &str) -> Vec<TableColumn> {
    match kind {
        "Namespace" => vec![path("Status", ".status.phase")],
        "Node" => vec![
            computed("Status", cells::node_status),
            computed("Roles", |_| "<none>".into()),
            age_column(),
            path("Version", ".status.nodeInfo.kubeletVersion"),
            wide("Container-Runtime", ".status.nodeInfo.containerRuntimeVersion"),
        ],
        "RuntimeClass" => vec![path("Handler", ".handler")],
        "PriorityClass" => vec![
            path("Value", ".value"),
            computed("Global-Default", |object| (object["globalDefault"] == true).to_string()),
            age_column(),
            computed("PreemptionPolicy", |object| cells::text(object, "/preemptionPolicy", "PreemptLowerPriority")),
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
            computed("MissingPL", |_| "False".into()),
        ],
        "CustomResourceDefinition" | "Role" | "ClusterRole" => vec![path("Created At", ".metadata.creationTimestamp")],
        _ => Vec::new(),
    }
}

fn age_column() -> TableColumn {
    TableColumn { format: "date".into(), ..path("Age", ".metadata.creationTimestamp") }
}

fn path(title: &str, path: &str) -> TableColumn {
    TableColumn { title: title.into(), format: "string".into(), wide: false, source: CellSource::Path(path.into()) }
}

fn wide(title: &str, of: &str) -> TableColumn {
    TableColumn { wide: true, ..path(title, of) }
}

fn computed(title: &str, how: fn(&Value) -> String) -> TableColumn {
    TableColumn { source: CellSource::Computed(how), ..path(title, "") }
}
