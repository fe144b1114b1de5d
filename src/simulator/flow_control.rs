//! The flow schemas and priority levels that a cluster starts with.

use serde_json::{Value, json};

use super::kinds::{FLOW_SCHEMAS, KindId, PRIORITY_LEVELS};
use crate::settings::Fairness;

/// Queues that one flow may wait in: `handSize` of a priority level.
pub const HAND_SIZE: u64 = 8;
/// Name of the priority level that is modelled, and of its flow schema. It comes before `exempt` in the alphabet, and so
/// decides where both match.
pub const NAME: &str = "all";
/// Seats of an API server: its defaults of --max-requests-inflight and --max-mutating-requests-inflight together.
const SERVER_SEATS: u32 = 600;
/// Share of `catch-all` on a cluster that leaves everything as it was.
const CATCH_ALL_SHARES: u32 = 5;

/// `exempt` and `catch-all`, which every API server makes, and the modelled level. Its shares are chosen so that the
/// server's own formula gives it the configured seats: 600 times its shares over the sum of all shares.
pub fn objects(fairness: Option<&Fairness>) -> Vec<(KindId, Value)> {
    let rest = fairness.map_or(CATCH_ALL_SHARES, |fairness| SERVER_SEATS - fairness.seats);
    let reject = json!({ "type": "Reject" });
    let mut objects = vec![
        (PRIORITY_LEVELS, exempt_level()),
        (PRIORITY_LEVELS, limited_level("catch-all", rest, &reject)),
        (FLOW_SCHEMAS, schema("exempt", 1, &["system:masters"])),
        (FLOW_SCHEMAS, schema("catch-all", 10_000, &EVERYONE)),
    ];
    if let Some(fairness) = fairness {
        let queuing = json!({ "queues": fairness.queues, "handSize": HAND_SIZE.min(fairness.queues.into()),
            "queueLengthLimit": fairness.queue_length });
        let queue = json!({ "type": "Queue", "queuing": queuing });
        objects.push((PRIORITY_LEVELS, limited_level(NAME, fairness.seats, &queue)));
        objects.push((FLOW_SCHEMAS, schema(NAME, 1, &EVERYONE)));
    }
    objects
}

const EVERYONE: [&str; 2] = ["system:unauthenticated", "system:authenticated"];

fn exempt_level() -> Value {
    json!({ "metadata": { "name": "exempt" }, "spec": { "type": "Exempt",
        "exempt": { "lendablePercent": 0, "nominalConcurrencyShares": 0 } } })
}

fn limited_level(name: &str, shares: u32, response: &Value) -> Value {
    json!({ "metadata": { "name": name }, "spec": { "type": "Limited", "limited": {
        "nominalConcurrencyShares": shares, "lendablePercent": 0, "limitResponse": response } } })
}

fn schema(name: &str, precedence: u32, groups: &[&str]) -> Value {
    let subjects: Vec<Value> =
        groups.iter().map(|group| json!({ "kind": "Group", "group": { "name": group } })).collect();
    let mut spec = json!({ "matchingPrecedence": precedence, "priorityLevelConfiguration": { "name": name }, "rules": [{
        "subjects": subjects,
        "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": true }],
        "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }] }] });
    if name != "exempt" {
        spec["distinguisherMethod"] = json!({ "type": "ByUser" });
    }
    let dangling = json!({ "type": "Dangling", "status": "False", "reason": "Found",
        "message": format!("This FlowSchema references the PriorityLevelConfiguration object named {name:?} and it exists") });
    json!({ "metadata": { "name": name }, "spec": spec, "status": { "conditions": [dangling] } })
}
