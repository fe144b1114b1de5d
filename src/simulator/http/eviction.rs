use http::StatusCode;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::delete;
use super::delete_options::Options;
use super::status::Failure;
use crate::kinds::DISRUPTION_BUDGETS;
use crate::store::{Object, Selector, State, is_ready};

/// POST of `pods/NAME/eviction`: deletes the pod, where its disruption budgets allow that.
pub fn evict(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let eviction = body::parse(body, &call.content_type)?;
    let name = eviction.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if !name.is_empty() && name != call.name() {
        return Err(Failure::bad_request("name in URL does not match name in Eviction object"));
    }
    let options = match eviction.get("deleteOptions") {
        None | Some(Value::Null) => Options::default(),
        Some(options) => Options::parse(options.clone())?,
    };
    let mut state = context.store.lock();
    let pod = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let budgets = state.collection(DISRUPTION_BUDGETS).within(Some(&pod.metadata.namespace));
    if budgets.into_iter().any(|budget| is_spent(&state, call, budget, &pod)) {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message));
    }
    delete::remove(&mut state, call, &pod, &options)?;
    let success = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 });
    Ok(body::json(StatusCode::CREATED, &success))
}

/// Whether a budget holds for a pod that is ready, and allows no more pods to go.
fn is_spent(state: &State, call: &Call, budget: &Object, pod: &Object) -> bool {
    let spec = budget.parse("spec");
    let Some(selector) = Selector::of(&spec["selector"]).filter(|it| it.matches(&pod.metadata.labels)) else {
        return false;
    };
    let within = state.collection(call.id).within(Some(&pod.metadata.namespace));
    let (mut expected, mut healthy) = (0, 0);
    for other in within.filter(|other| selector.matches(&other.metadata.labels)) {
        expected += 1;
        healthy += u64::from(is_ready(other) && other.metadata.deletion_timestamp.is_none());
    }
    let desired = match (share(&spec["minAvailable"], expected), share(&spec["maxUnavailable"], expected)) {
        (Some(least), _) => least,
        (None, Some(most)) => expected.saturating_sub(most),
        (None, None) => 0,
    };
    is_ready(pod) && healthy <= desired
}

/// A number, or a percentage of `all`, rounded up.
fn share(value: &Value, all: u64) -> Option<u64> {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<u64>().ok());
    value.as_u64().or_else(|| percent.map(|percent| (percent.saturating_mul(all)).div_ceil(100)))
}
