use http::StatusCode;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::Failure;
use super::update;
use crate::store::Object;

/// GET of `/scale`.
pub fn get(context: &Context, call: &Call) -> Result<Answer, Failure> {
    let object = context.store.lock().get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    Ok(body::json(StatusCode::OK, &scale(&object)))
}

/// PUT or PATCH of `/scale`: sets `spec.replicas`.
pub fn set(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let mut wanted = scale(&present);
    json_patch::merge(&mut wanted, &body::parse(body, &call.content_type)?);
    let Some(replicas) = wanted["spec"]["replicas"].as_u64() else {
        return Err(Failure::bad_request("spec.replicas must be a number, 0 or more"));
    };
    let mut next = Object::clone(&present);
    let mut spec = next.parse("spec");
    if !spec.is_object() && !spec.is_null() {
        return Err(Failure::bad_request("spec must be an object"));
    }
    spec["replicas"] = replicas.into();
    next.set("spec", &spec);
    let object = update::write(&mut state, call, &present, next)?;
    Ok(body::json(StatusCode::OK, &scale(&object)))
}

fn scale(object: &Object) -> Value {
    let (spec, status) = (object.parse("spec"), object.parse("status"));
    json!({ "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": { "name": *object.metadata.name, "namespace": *object.metadata.namespace,
            "uid": *object.metadata.uid, "resourceVersion": object.metadata.resource_version.to_string(),
            "creationTimestamp": object.metadata.creation_timestamp },
        "spec": { "replicas": spec["replicas"].as_u64().unwrap_or(0) },
        "status": { "replicas": status["replicas"].as_u64().unwrap_or(0), "selector": status["selector"] } })
}
