use serde_json::{Value, json};

/// A rule of the core groups: API groups, resources, verbs; or URLs where there is no group.
type RuleRow = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const GET: &[&str] = &["get"];
const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const DISCOVERY: &[&str] = &["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"];
const PUBLIC: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];
/// What `view` shows; secrets are left out, as they are on a cluster.
const VIEWABLE: &[&str] = &[
    "pods",
    "pods/log",
    "services",
    "configmaps",
    "events",
    "endpoints",
    "serviceaccounts",
    "persistentvolumeclaims",
    "namespaces",
    "resourcequotas",
    "limitranges",
];
const EDITABLE: &[&str] =
    &["pods", "pods/exec", "services", "configmaps", "secrets", "events", "serviceaccounts", "persistentvolumeclaims"];

/// The roles that clients count on, of those every cluster starts with.
pub const CLUSTER_ROLES: [(&str, &[RuleRow]); 7] = [
    ("cluster-admin", &[(&["*"], &["*"], &["*"]), (&[], &["*"], &["*"])]),
    ("system:discovery", &[(&[], DISCOVERY, GET), (&[], PUBLIC, GET)]),
    ("system:public-info-viewer", &[(&[], PUBLIC, GET)]),
    (
        "system:basic-user",
        &[
            (&["authorization.k8s.io"], &["selfsubjectaccessreviews", "selfsubjectrulesreviews"], &["create"]),
            (&["authentication.k8s.io"], &["selfsubjectreviews"], &["create"]),
        ],
    ),
    ("view", &[(&[""], VIEWABLE, READ), (&["apps", "batch", "networking.k8s.io", "policy"], &["*"], READ)]),
    (
        "edit",
        &[
            (&[""], VIEWABLE, READ),
            (&[""], EDITABLE, WRITE),
            (&["apps", "batch", "networking.k8s.io", "policy"], &["*"], WRITE),
        ],
    ),
    (
        "admin",
        &[
            (&[""], VIEWABLE, READ),
            (&[""], EDITABLE, WRITE),
            (&["apps", "batch", "networking.k8s.io", "policy"], &["*"], WRITE),
            (&["rbac.authorization.k8s.io"], &["roles", "rolebindings"], WRITE),
        ],
    ),
];

/// Whom they are bound to: role and group.
pub const BINDINGS: [(&str, &str); 4] = [
    ("cluster-admin", "system:masters"),
    ("system:discovery", "system:authenticated"),
    ("system:public-info-viewer", "system:authenticated"),
    ("system:basic-user", "system:authenticated"),
];

/// A `ClusterRole`; others are added to `view`, `edit` and `admin` by their labels.
pub fn cluster_role(name: &str, rules: &[RuleRow]) -> Value {
    let written = |(groups, resources, verbs): &RuleRow| {
        if groups.is_empty() {
            return json!({ "nonResourceURLs": resources, "verbs": verbs });
        }
        json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
    };
    let mut role = json!({ "metadata": { "name": name, "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" } },
        "rules": rules.iter().map(written).collect::<Vec<_>>() });
    if ["view", "edit", "admin"].contains(&name) {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
        role["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": { label: "true" } }] });
    }
    role
}

/// A `ClusterRoleBinding` of a role to a group.
pub fn binding(role: &str, group: &str) -> Value {
    let api_group = "rbac.authorization.k8s.io";
    json!({ "metadata": { "name": role, "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" } },
        "roleRef": { "apiGroup": api_group, "kind": "ClusterRole", "name": role },
        "subjects": [{ "apiGroup": api_group, "kind": "Group", "name": group }] })
}
