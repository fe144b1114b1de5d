use serde::Deserialize;

use crate::store::Object;

/// The grace period of a pod that names none.
pub const POD_GRACE_SECONDS: i64 = 30;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    node_name: Option<String>,
    termination_grace_period_seconds: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
}

/// How long a pod has to end, in seconds: what was `asked` for, otherwise what the pod says. A pod without a node, or one that
/// has ended, needs no time.
pub fn grace_seconds(pod: &Object, asked: Option<i64>) -> i64 {
    let (spec, status): (Spec, Status) = (pod.parse_as("spec"), pod.parse_as("status"));
    if spec.node_name.is_none_or(|name| name.is_empty()) || ["Succeeded", "Failed"].contains(&&*status.phase) {
        return 0;
    }
    let grace = asked.or(spec.termination_grace_period_seconds).unwrap_or(POD_GRACE_SECONDS);
    if grace < 0 { 1 } else { grace }
}
