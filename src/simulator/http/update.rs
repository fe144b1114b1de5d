use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::{FieldFault, Failure};
use super::{admit, read};
use crate::simulator::store::{Key, Object, State};

/// PUT of an object or of its status.
pub fn replace(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let object = admit::object(call, body::parse(body, &call.content_type)?)?;
    if !object.metadata.name.is_empty() && *object.metadata.name != *call.name() {
        return Err(Failure::bad_request("the name of the object does not match the name on the URL"));
    }
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let object = write(&mut state, call, &present, object)?;
    drop(state);
    read::one(call, StatusCode::OK, &object)
}

/// PATCH of an object or of its status.
pub fn patch(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let patch = body::parse(body, &call.content_type)?;
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let mut value = present.to_value(&call.kind, call.kind.stored_version());
    call.kind.convert(&mut value, call.kind.stored_version(), call.version());
    match call.content_type.split(';').next().unwrap_or_default() {
        "application/json-patch+json" => apply_json_patch(call, &mut value, patch)?,
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => json_patch::merge(&mut value, &patch),
        other => {
            let message = format!("the body of the request was in an unknown format - got {other}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
        }
    }
    let object = admit::object(call, value)?;
    let object = write(&mut state, call, &present, object)?;
    drop(state);
    read::one(call, StatusCode::OK, &object)
}

fn apply_json_patch(call: &Call, value: &mut Value, patch: Value) -> Result<(), Failure> {
    let patch: json_patch::Patch =
        serde_json::from_value(patch).map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    json_patch::patch(value, &patch).map_err(|error| {
        let fault = FieldFault { field: "patch".into(), reason: "FieldValueInvalid", message: error.to_string() };
        Failure::invalid(&call.kind, call.name(), &[fault])
    })
}

/// Stores `object` in the place of `present`, as far as the request may change it. What changes nothing writes nothing.
pub fn write(state: &mut State, call: &Call, present: &Arc<Object>, object: Object) -> Result<Arc<Object>, Failure> {
    let given = &object.metadata;
    if given.resource_version != 0 && given.resource_version != present.metadata.resource_version {
        return Err(Failure::modified(&call.kind, call.name()));
    }
    if !given.uid.is_empty() && given.uid != present.metadata.uid {
        let why = format!("Precondition failed: UID in precondition: {}, UID in object meta: {}", given.uid, present.metadata.uid);
        return Err(Failure::conflict(&call.kind, call.name(), &why));
    }
    let mut next = merge(call, present, object);
    admit::check_metadata(call, &next.metadata)?;
    if next.same_content(present) {
        return Ok(present.clone());
    }
    if call.kind.counts_generations && !next.same_desired_state(present) {
        next.metadata.generation += 1;
    }
    if call.dry_run() {
        return Ok(Arc::new(next));
    }
    if next.metadata.deletion_timestamp.is_some() && next.metadata.finalizers.is_empty() {
        let key = Key::of(&next);
        return Ok(state.remove(call.id, &key).unwrap_or_else(|| Arc::new(next)));
    }
    Ok(state.store(call.id, next))
}

/// `/status` writes the status alone; without it everything but the status is written, where the kind has one.
fn merge(call: &Call, present: &Object, mut object: Object) -> Object {
    if call.place.subresource.as_deref() == Some("status") {
        let mut next = Object::clone(present);
        next.set_json("status", object.section("status").cloned());
        return next;
    }
    if call.kind.status {
        object.set_json("status", present.section("status").cloned());
    }
    let keep = &present.metadata;
    let given = &mut object.metadata;
    given.name = keep.name.clone();
    given.generate_name = keep.generate_name.clone();
    given.namespace = keep.namespace.clone();
    given.uid = keep.uid.clone();
    given.generation = keep.generation;
    given.creation_timestamp = keep.creation_timestamp;
    given.deletion_timestamp = keep.deletion_timestamp;
    given.deletion_grace_period_seconds = keep.deletion_grace_period_seconds;
    object
}
