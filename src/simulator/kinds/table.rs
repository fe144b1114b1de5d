use super::convert::NEWER_EVENTS;
use super::kind::{Kind, KindId, Version};
use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP};

struct Row {
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static str,
    traits: u8,
}

const NAMESPACED: u8 = 1;
const STATUS: u8 = 2;
const SCALE: u8 = 4;
/// `metadata.generation` is kept.
const GENERATION: u8 = 8;
/// A question in the form of an object, which is answered and not stored.
const REVIEW: u8 = 16;
/// A deletion is answered with the object.
const RETURNED: u8 = 32;

const fn row(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    short: &'static str,
    traits: u8,
) -> Row {
    Row { group, version, plural, kind, short, traits }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const FLOW_CONTROL: &str = "flowcontrol.apiserver.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

const AUTHORIZATION: &str = "authorization.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";

const ROWS: [Row; 51] = [
    row("", "v1", "namespaces", "Namespace", "ns", STATUS),
    row("", "v1", "nodes", "Node", "no", STATUS),
    row("", "v1", "pods", "Pod", "po", NAMESPACED | STATUS | GENERATION | RETURNED),
    row("", "v1", "serviceaccounts", "ServiceAccount", "sa", NAMESPACED | RETURNED),
    row("", "v1", "configmaps", "ConfigMap", "cm", NAMESPACED),
    row("", "v1", "secrets", "Secret", "", NAMESPACED),
    row("", "v1", "services", "Service", "svc", NAMESPACED | STATUS | RETURNED),
    row("", "v1", "events", "Event", "ev", NAMESPACED),
    row("apps", "v1", "deployments", "Deployment", "deploy", NAMESPACED | STATUS | SCALE | GENERATION),
    row("apps", "v1", "daemonsets", "DaemonSet", "ds", NAMESPACED | STATUS | GENERATION),
    row("batch", "v1", "jobs", "Job", "", NAMESPACED | STATUS | GENERATION),
    row(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd,crds",
        STATUS | GENERATION,
    ),
    row(AGENTS_GROUP, "v1beta1", "sandboxes", "Sandbox", "sandbox", NAMESPACED | STATUS | GENERATION),
    row(EXTENSIONS_GROUP, "v1beta1", "sandboxclaims", "SandboxClaim", "sandboxclaim", NAMESPACED | STATUS | GENERATION),
    row(
        EXTENSIONS_GROUP,
        "v1beta1",
        "sandboxtemplates",
        "SandboxTemplate",
        "sandboxtemplate",
        NAMESPACED | STATUS | GENERATION,
    ),
    row(
        EXTENSIONS_GROUP,
        "v1beta1",
        "sandboxwarmpools",
        "SandboxWarmPool",
        "swp",
        NAMESPACED | STATUS | SCALE | GENERATION,
    ),
    row("coordination.k8s.io", "v1", "leases", "Lease", "", NAMESPACED),
    row("events.k8s.io", "v1", "events", "Event", "ev", NAMESPACED),
    row("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", "", 0),
    row(RBAC, "v1", "roles", "Role", "", NAMESPACED),
    row(RBAC, "v1", "rolebindings", "RoleBinding", "", NAMESPACED),
    row(RBAC, "v1", "clusterroles", "ClusterRole", "", 0),
    row(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", "", 0),
    row(NETWORKING, "v1", "networkpolicies", "NetworkPolicy", "netpol", NAMESPACED | GENERATION),
    row(ADMISSION, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "", GENERATION),
    row(ADMISSION, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "", GENERATION),
    row(FLOW_CONTROL, "v1", "flowschemas", "FlowSchema", "", STATUS | GENERATION),
    row(FLOW_CONTROL, "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", "", STATUS | GENERATION),
    row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", NAMESPACED | STATUS | RETURNED),
    row("", "v1", "resourcequotas", "ResourceQuota", "quota", NAMESPACED | STATUS | RETURNED),
    row("", "v1", "limitranges", "LimitRange", "limits", NAMESPACED),
    row("", "v1", "endpoints", "Endpoints", "ep", NAMESPACED),
    row("apps", "v1", "replicasets", "ReplicaSet", "rs", NAMESPACED | STATUS | SCALE | GENERATION),
    row("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", NAMESPACED | STATUS | GENERATION),
    row("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc", 0),
    row("apps", "v1", "statefulsets", "StatefulSet", "sts", NAMESPACED | STATUS | SCALE | GENERATION),
    row("apps", "v1", "controllerrevisions", "ControllerRevision", "", NAMESPACED),
    row("batch", "v1", "cronjobs", "CronJob", "cj", NAMESPACED | STATUS | GENERATION),
    row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", NAMESPACED | STATUS),
    row("", "v1", "persistentvolumes", "PersistentVolume", "pv", STATUS | RETURNED),
    row("", "v1", "podtemplates", "PodTemplate", "", NAMESPACED | GENERATION | RETURNED),
    row(STORAGE, "v1", "storageclasses", "StorageClass", "sc", RETURNED),
    row(STORAGE, "v1", "csinodes", "CSINode", "", RETURNED),
    row("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "", NAMESPACED | GENERATION),
    row(NETWORKING, "v1", "ingresses", "Ingress", "ing", NAMESPACED | STATUS | GENERATION),
    row(AUTHORIZATION, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "", REVIEW),
    row(AUTHORIZATION, "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", "", REVIEW),
    row(AUTHORIZATION, "v1", "subjectaccessreviews", "SubjectAccessReview", "", REVIEW),
    row(AUTHORIZATION, "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", "", NAMESPACED | REVIEW),
    row(AUTHENTICATION, "v1", "selfsubjectreviews", "SelfSubjectReview", "", REVIEW),
    row(AUTHENTICATION, "v1", "tokenreviews", "TokenReview", "", REVIEW),
];

/// What `kubectl get all` shows.
const ALL: [&str; 9] = [
    "Pod",
    "Service",
    "Deployment",
    "DaemonSet",
    "ReplicaSet",
    "StatefulSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
];

pub const NAMESPACES: KindId = KindId(0);
pub const NODES: KindId = KindId(1);
pub const PODS: KindId = KindId(2);
pub const SERVICE_ACCOUNTS: KindId = KindId(3);
pub const CONFIG_MAPS: KindId = KindId(4);
pub const SECRETS: KindId = KindId(5);
pub const SERVICES: KindId = KindId(6);
pub const EVENTS: KindId = KindId(7);
pub const DEPLOYMENTS: KindId = KindId(8);
pub const DAEMON_SETS: KindId = KindId(9);
pub const JOBS: KindId = KindId(10);
pub const CUSTOM_RESOURCE_DEFINITIONS: KindId = KindId(11);
pub const SANDBOXES: KindId = KindId(12);
pub const CLAIMS: KindId = KindId(13);
pub const TEMPLATES: KindId = KindId(14);
pub const WARM_POOLS: KindId = KindId(15);
pub const LEASES: KindId = KindId(16);
pub const ROLES: KindId = KindId(19);
pub const ROLE_BINDINGS: KindId = KindId(20);
pub const CLUSTER_ROLES: KindId = KindId(21);
pub const CLUSTER_ROLE_BINDINGS: KindId = KindId(22);
pub const VALIDATING_WEBHOOKS: KindId = KindId(24);
pub const MUTATING_WEBHOOKS: KindId = KindId(25);

pub const FLOW_SCHEMAS: KindId = KindId(26);
pub const PRIORITY_LEVELS: KindId = KindId(27);
pub const RESOURCE_QUOTAS: KindId = KindId(29);
pub const DISRUPTION_BUDGETS: KindId = KindId(33);

/// The rows every cluster starts with. Those of agent-sandbox are known but not served: their CRDs do that.
pub fn built_in() -> impl Iterator<Item = Kind> {
    ROWS.iter().map(Row::kind)
}

impl KindId {
    /// Whether the model knows the kind's fields: those of the table, agent-sandbox's own among them.
    pub fn is_known(self) -> bool {
        self.0 < ROWS.len()
    }
}

impl Row {
    fn kind(&self) -> Kind {
        let mut versions = Vec::new();
        if (self.group, self.plural) == ("", "events") {
            versions.push(Version {
                api_version: NEWER_EVENTS.into(),
                served: false,
                ..Version::new("", NEWER_EVENTS)
            });
        }
        let custom = [AGENTS_GROUP, EXTENSIONS_GROUP].contains(&self.group);
        let mut version = Version::new(self.group, self.version);
        version.served = !custom;
        versions.insert(0, version);
        Kind {
            group: self.group.into(),
            versions,
            plural: self.plural.into(),
            singular: self.kind.to_lowercase().into(),
            kind: self.kind.into(),
            short_names: self.short.split(',').filter(|name| !name.is_empty()).map(Into::into).collect(),
            categories: if ALL.contains(&self.kind) { vec!["all".into()] } else { Vec::new() },
            namespaced: self.traits & NAMESPACED != 0,
            status: self.traits & STATUS != 0,
            scale: self.traits & SCALE != 0,
            counts_generations: self.traits & GENERATION != 0,
            review: self.traits & REVIEW != 0,
            returns_deleted: self.traits & RETURNED != 0,
            custom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_the_rows_do() {
        let rows: Vec<Kind> = built_in().collect();
        let named = [
            (NAMESPACES, "Namespace"),
            (NODES, "Node"),
            (PODS, "Pod"),
            (SERVICE_ACCOUNTS, "ServiceAccount"),
            (CONFIG_MAPS, "ConfigMap"),
            (SECRETS, "Secret"),
            (EVENTS, "Event"),
            (DEPLOYMENTS, "Deployment"),
            (DAEMON_SETS, "DaemonSet"),
            (JOBS, "Job"),
            (CUSTOM_RESOURCE_DEFINITIONS, "CustomResourceDefinition"),
            (SANDBOXES, "Sandbox"),
            (CLAIMS, "SandboxClaim"),
            (TEMPLATES, "SandboxTemplate"),
            (WARM_POOLS, "SandboxWarmPool"),
            (LEASES, "Lease"),
            (SERVICES, "Service"),
            (ROLES, "Role"),
            (ROLE_BINDINGS, "RoleBinding"),
            (CLUSTER_ROLES, "ClusterRole"),
            (CLUSTER_ROLE_BINDINGS, "ClusterRoleBinding"),
            (VALIDATING_WEBHOOKS, "ValidatingWebhookConfiguration"),
            (MUTATING_WEBHOOKS, "MutatingWebhookConfiguration"),
            (FLOW_SCHEMAS, "FlowSchema"),
            (PRIORITY_LEVELS, "PriorityLevelConfiguration"),
            (RESOURCE_QUOTAS, "ResourceQuota"),
            (DISRUPTION_BUDGETS, "PodDisruptionBudget"),
        ];
        for (id, kind) in named {
            assert_eq!(&*rows[id.0].kind, kind);
        }
    }
}
