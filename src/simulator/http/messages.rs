//! Which built-in messages can be read from protobuf, and where their fields stand in it. The numbers are those of
//! Kubernetes' own `generated.proto` files.

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    Text,
    /// A number or flag that may be absent: 0 and false are values.
    Number,
    Flag,
    /// A number or flag that is always there: 0 and false mean that it is not set.
    Count,
    Set,
    /// Bytes, base64 in JSON.
    Bytes,
    /// `metav1.Time` or `MicroTime`: seconds.
    Time,
    IntOrText,
    Quantity,
    One(&'static [Field]),
    /// From texts to this.
    Map(&'static Type),
    TextList,
    List(&'static [Field]),
    /// What a client cannot set.
    Ignored,
}

/// Number, name in JSON, and what it holds.
pub type Field = (u64, &'static str, Type);

use Type::{Bytes, Count, Flag, Ignored, IntOrText, List, Map, Number, One, Quantity, Set, Text, TextList, Time};

const OWNER: &[Field] = &[
    (1, "kind", Text),
    (3, "name", Text),
    (4, "uid", Text),
    (5, "apiVersion", Text),
    (6, "controller", Flag),
    (7, "blockOwnerDeletion", Flag),
];

const METADATA: Type = One(&[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (4, "selfLink", Ignored),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (7, "generation", Count),
    (8, "creationTimestamp", Time),
    (9, "deletionTimestamp", Time),
    (10, "deletionGracePeriodSeconds", Number),
    (11, "labels", Map(&Text)),
    (12, "annotations", Map(&Text)),
    (13, "ownerReferences", List(OWNER)),
    (14, "finalizers", TextList),
    (17, "managedFields", Ignored),
]);

const SELECTOR_FIELDS: &[Field] = &[
    (1, "matchLabels", Map(&Text)),
    (2, "matchExpressions", List(&[(1, "key", Text), (2, "operator", Text), (3, "values", TextList)])),
];
const SELECTOR: Type = One(SELECTOR_FIELDS);

const REFERENCE: &[Field] = &[
    (1, "kind", Text),
    (2, "namespace", Text),
    (3, "name", Text),
    (4, "uid", Text),
    (5, "apiVersion", Text),
    (6, "resourceVersion", Text),
    (7, "fieldPath", Text),
];

const NAMES: Type = List(&[(1, "name", Text)]);

const ROLE_RULES: Type = List(&[
    (1, "verbs", TextList),
    (2, "apiGroups", TextList),
    (3, "resources", TextList),
    (4, "resourceNames", TextList),
    (5, "nonResourceURLs", TextList),
]);

const BINDING: &[Field] = &[
    (1, "metadata", METADATA),
    (2, "subjects", List(&[(1, "kind", Text), (2, "apiGroup", Text), (3, "name", Text), (4, "namespace", Text)])),
    (3, "roleRef", One(&[(1, "apiGroup", Text), (2, "kind", Text), (3, "name", Text)])),
];

const ATTRIBUTES: Type = One(&[
    (1, "namespace", Text),
    (2, "verb", Text),
    (3, "group", Text),
    (4, "version", Text),
    (5, "resource", Text),
    (6, "subresource", Text),
    (7, "name", Text),
]);

/// The reviews that ask about oneself leave the last three out.
const ACCESS_REVIEW: &[Field] = &[
    (1, "metadata", METADATA),
    (
        2,
        "spec",
        One(&[
            (1, "resourceAttributes", ATTRIBUTES),
            (2, "nonResourceAttributes", One(&[(1, "path", Text), (2, "verb", Text)])),
            (3, "user", Text),
            (4, "groups", TextList),
            (6, "uid", Text),
        ]),
    ),
    (3, "status", Ignored),
];

const TOKEN_REQUEST_SPEC: Type = One(&[
    (1, "audiences", TextList),
    (3, "boundObjectRef", One(&[(1, "kind", Text), (2, "apiVersion", Text), (3, "name", Text), (4, "uid", Text)])),
    (4, "expirationSeconds", Number),
]);

const LEASE_SPEC: Type = One(&[
    (1, "holderIdentity", Text),
    (2, "leaseDurationSeconds", Number),
    (3, "acquireTime", Time),
    (4, "renewTime", Time),
    (5, "leaseTransitions", Number),
    (6, "strategy", Text),
    (7, "preferredHolder", Text),
]);

const SERVICE_SPEC: Type = One(&[
    (
        1,
        "ports",
        List(&[
            (1, "name", Text),
            (2, "protocol", Text),
            (3, "port", Count),
            (4, "targetPort", IntOrText),
            (5, "nodePort", Count),
            (6, "appProtocol", Text),
        ]),
    ),
    (2, "selector", Map(&Text)),
    (3, "clusterIP", Text),
    (4, "type", Text),
    (5, "externalIPs", TextList),
    (7, "sessionAffinity", Text),
    (8, "loadBalancerIP", Text),
    (9, "loadBalancerSourceRanges", TextList),
    (10, "externalName", Text),
    (11, "externalTrafficPolicy", Text),
    (12, "healthCheckNodePort", Count),
    (13, "publishNotReadyAddresses", Set),
    (17, "ipFamilyPolicy", Text),
    (18, "clusterIPs", TextList),
    (19, "ipFamilies", TextList),
    (20, "allocateLoadBalancerNodePorts", Flag),
    (21, "loadBalancerClass", Text),
    (22, "internalTrafficPolicy", Text),
    (23, "trafficDistribution", Text),
]);

const CONTAINER: &[Field] = &[
    (1, "name", Text),
    (2, "image", Text),
    (3, "command", TextList),
    (4, "args", TextList),
    (5, "workingDir", Text),
    (
        6,
        "ports",
        List(&[
            (1, "name", Text),
            (2, "hostPort", Count),
            (3, "containerPort", Count),
            (4, "protocol", Text),
            (5, "hostIP", Text),
        ]),
    ),
    (7, "env", List(&[(1, "name", Text), (2, "value", Text)])),
    (8, "resources", One(&[(1, "limits", Map(&Quantity)), (2, "requests", Map(&Quantity))])),
    (13, "terminationMessagePath", Text),
    (14, "imagePullPolicy", Text),
    (16, "stdin", Set),
    (17, "stdinOnce", Set),
    (18, "tty", Set),
    (20, "terminationMessagePolicy", Text),
];

const TOLERATIONS: Type = List(&[
    (1, "key", Text),
    (2, "operator", Text),
    (3, "value", Text),
    (4, "effect", Text),
    (5, "tolerationSeconds", Number),
]);

/// Without volumes, probes, affinity and security contexts: clients that send those use JSON.
/// What agent-sandbox's own controller gives every pod whose network policy it manages.
const DNS_CONFIG: Type = One(&[
    (1, "nameservers", TextList),
    (2, "searches", TextList),
    (3, "options", List(&[(1, "name", Text), (2, "value", Text)])),
]);

const POD_SPEC: Type = One(&[
    (2, "containers", List(CONTAINER)),
    (3, "restartPolicy", Text),
    (4, "terminationGracePeriodSeconds", Number),
    (5, "activeDeadlineSeconds", Number),
    (6, "dnsPolicy", Text),
    (7, "nodeSelector", Map(&Text)),
    (8, "serviceAccountName", Text),
    (9, "serviceAccount", Text),
    (10, "nodeName", Text),
    (11, "hostNetwork", Set),
    (12, "hostPID", Set),
    (13, "hostIPC", Set),
    (15, "imagePullSecrets", NAMES),
    (16, "hostname", Text),
    (17, "subdomain", Text),
    (19, "schedulerName", Text),
    (20, "initContainers", List(CONTAINER)),
    (21, "automountServiceAccountToken", Flag),
    (22, "tolerations", TOLERATIONS),
    (24, "priorityClassName", Text),
    (25, "priority", Number),
    (26, "dnsConfig", DNS_CONFIG),
    (27, "shareProcessNamespace", Flag),
    (29, "runtimeClassName", Text),
    (30, "enableServiceLinks", Flag),
    (31, "preemptionPolicy", Text),
]);

const POD_TEMPLATE: Type = One(&[(1, "metadata", METADATA), (2, "spec", POD_SPEC)]);

const DEPLOYMENT_SPEC: Type = One(&[
    (1, "replicas", Number),
    (2, "selector", SELECTOR),
    (3, "template", POD_TEMPLATE),
    (
        4,
        "strategy",
        One(&[
            (1, "type", Text),
            (2, "rollingUpdate", One(&[(1, "maxUnavailable", IntOrText), (2, "maxSurge", IntOrText)])),
        ]),
    ),
    (5, "minReadySeconds", Count),
    (6, "revisionHistoryLimit", Number),
    (7, "paused", Set),
    (9, "progressDeadlineSeconds", Number),
]);

const JOB_SPEC: Type = One(&[
    (1, "parallelism", Number),
    (2, "completions", Number),
    (3, "activeDeadlineSeconds", Number),
    (4, "selector", SELECTOR),
    (5, "manualSelector", Flag),
    (6, "template", POD_TEMPLATE),
    (7, "backoffLimit", Number),
    (8, "ttlSecondsAfterFinished", Number),
    (9, "completionMode", Text),
    (10, "suspend", Flag),
    (12, "backoffLimitPerIndex", Number),
    (13, "maxFailedIndexes", Number),
    (14, "podReplacementPolicy", Text),
    (15, "managedBy", Text),
]);

const EVENT: &[Field] = &[
    (1, "metadata", METADATA),
    (2, "involvedObject", One(REFERENCE)),
    (3, "reason", Text),
    (4, "message", Text),
    (5, "source", One(&[(1, "component", Text), (2, "host", Text)])),
    (6, "firstTimestamp", Time),
    (7, "lastTimestamp", Time),
    (8, "count", Count),
    (9, "type", Text),
    (10, "eventTime", Time),
    (11, "series", One(&[(1, "count", Count), (2, "lastObservedTime", Time)])),
    (12, "action", Text),
    (13, "related", One(REFERENCE)),
    (14, "reportingComponent", Text),
    (15, "reportingInstance", Text),
];

const NEWER_EVENT: &[Field] = &[
    (1, "metadata", METADATA),
    (2, "eventTime", Time),
    (3, "series", One(&[(1, "count", Count), (2, "lastObservedTime", Time)])),
    (4, "reportingController", Text),
    (5, "reportingInstance", Text),
    (6, "action", Text),
    (7, "reason", Text),
    (8, "regarding", One(REFERENCE)),
    (9, "related", One(REFERENCE)),
    (10, "note", Text),
    (11, "type", Text),
    (12, "deprecatedSource", One(&[(1, "component", Text), (2, "host", Text)])),
    (13, "deprecatedFirstTimestamp", Time),
    (14, "deprecatedLastTimestamp", Time),
    (15, "deprecatedCount", Count),
];

const BUDGET_SPEC: Type = One(&[
    (1, "minAvailable", IntOrText),
    (2, "selector", SELECTOR),
    (3, "maxUnavailable", IntOrText),
    (4, "unhealthyPodEvictionPolicy", Text),
]);

const DELETE_OPTIONS: &[Field] = &[
    (1, "gracePeriodSeconds", Number),
    (2, "preconditions", One(&[(1, "uid", Text), (2, "resourceVersion", Text)])),
    (3, "orphanDependents", Flag),
    (4, "propagationPolicy", Text),
    (5, "dryRun", TextList),
];

/// The fields of a message; some kinds of a name stand in several groups.
pub fn message(api_version: &str, kind: &str) -> Option<&'static [Field]> {
    match api_version {
        _ if kind == "DeleteOptions" => Some(DELETE_OPTIONS),
        "v1" => core(kind),
        "rbac.authorization.k8s.io/v1" => rbac(kind),
        "authorization.k8s.io/v1" | "authentication.k8s.io/v1" => review(kind),
        _ => other(api_version, kind),
    }
}

fn core(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "Namespace" => {
            &[(1, "metadata", METADATA), (2, "spec", One(&[(1, "finalizers", TextList)])), (3, "status", Ignored)]
        }
        "ConfigMap" => &[
            (1, "metadata", METADATA),
            (2, "data", Map(&Text)),
            (3, "binaryData", Map(&Bytes)),
            (4, "immutable", Flag),
        ],
        "Secret" => &[
            (1, "metadata", METADATA),
            (2, "data", Map(&Bytes)),
            (3, "type", Text),
            (4, "stringData", Map(&Text)),
            (5, "immutable", Flag),
        ],
        "ServiceAccount" => &[
            (1, "metadata", METADATA),
            (2, "secrets", List(REFERENCE)),
            (3, "imagePullSecrets", NAMES),
            (4, "automountServiceAccountToken", Flag),
        ],
        "Service" => &[(1, "metadata", METADATA), (2, "spec", SERVICE_SPEC), (3, "status", Ignored)],
        "Pod" => &[(1, "metadata", METADATA), (2, "spec", POD_SPEC), (3, "status", Ignored)],
        "ResourceQuota" => &[
            (1, "metadata", METADATA),
            (2, "spec", One(&[(1, "hard", Map(&Quantity)), (2, "scopes", TextList)])),
            (3, "status", Ignored),
        ],
        "Event" => EVENT,
        _ => return None,
    })
}

fn rbac(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "Role" => &[(1, "metadata", METADATA), (2, "rules", ROLE_RULES)],
        "ClusterRole" => &[
            (1, "metadata", METADATA),
            (2, "rules", ROLE_RULES),
            (3, "aggregationRule", One(&[(1, "clusterRoleSelectors", List(SELECTOR_FIELDS))])),
        ],
        "RoleBinding" | "ClusterRoleBinding" => BINDING,
        _ => return None,
    })
}

fn review(kind: &str) -> Option<&'static [Field]> {
    Some(match kind {
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => ACCESS_REVIEW,
        "SelfSubjectRulesReview" => {
            &[(1, "metadata", METADATA), (2, "spec", One(&[(1, "namespace", Text)])), (3, "status", Ignored)]
        }
        "SelfSubjectReview" => &[(1, "metadata", METADATA), (2, "status", Ignored)],
        "TokenRequest" => &[(1, "metadata", METADATA), (2, "spec", TOKEN_REQUEST_SPEC), (3, "status", Ignored)],
        _ => return None,
    })
}

fn other(api_version: &str, kind: &str) -> Option<&'static [Field]> {
    Some(match (api_version, kind) {
        ("events.k8s.io/v1", "Event") => NEWER_EVENT,
        ("apps/v1", "Deployment") => &[(1, "metadata", METADATA), (2, "spec", DEPLOYMENT_SPEC), (3, "status", Ignored)],
        ("batch/v1", "Job") => &[(1, "metadata", METADATA), (2, "spec", JOB_SPEC), (3, "status", Ignored)],
        ("policy/v1", "PodDisruptionBudget") => {
            &[(1, "metadata", METADATA), (2, "spec", BUDGET_SPEC), (3, "status", Ignored)]
        }
        ("scheduling.k8s.io/v1", "PriorityClass") => &[
            (1, "metadata", METADATA),
            (2, "value", Number),
            (3, "globalDefault", Set),
            (4, "description", Text),
            (5, "preemptionPolicy", Text),
        ],
        ("coordination.k8s.io/v1", "Lease") => &[(1, "metadata", METADATA), (2, "spec", LEASE_SPEC)],
        _ => return None,
    })
}
