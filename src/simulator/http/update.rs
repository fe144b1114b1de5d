use std::sync::Arc;

use http::StatusCode;

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::Failure;
use super::{admit, read};
use crate::requests::program;
use crate::store::{Key, Object, State};

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
    Ok(read::one(call, StatusCode::OK, &object))
}

/// Stores `object` in the place of `present`, as far as the request may change it. What changes nothing writes nothing.
pub fn write(state: &mut State, call: &Call, present: &Arc<Object>, object: Object) -> Result<Arc<Object>, Failure> {
    let given = &object.metadata;
    if given.resource_version != 0 && given.resource_version != present.metadata.resource_version {
        return Err(Failure::modified(&call.kind, call.name()));
    }
    if !given.uid.is_empty() && given.uid != present.metadata.uid {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            given.uid, present.metadata.uid
        );
        return Err(Failure::conflict(&call.kind, call.name(), &why));
    }
    let mut next = merge(call, present, object);
    admit::check_metadata(call, &next.metadata)?;
    if next.same_content(present) {
        return Ok(present.clone());
    }
    admit::check_size(&next)?;
    admit::check_grant(state, call, &next)?;
    admit::check_definition(call, &next)?;
    note_manager(state, call, present, &mut next);
    if call.kind.counts_generations && !next.same_desired_state(present) {
        next.metadata.generation += 1;
    }
    if call.dry_run() {
        return Ok(Arc::new(next));
    }
    // A pod whose time is not up stays until its containers have ended.
    let time_is_up = next.metadata.deletion_grace_period_seconds.is_none_or(|seconds| seconds == 0);
    if next.metadata.deletion_timestamp.is_some() && next.metadata.finalizers.is_empty() && time_is_up {
        let key = Key::of(&next);
        return Ok(state.remove(call.id, &key).unwrap_or_else(|| Arc::new(next)));
    }
    Ok(state.store(call.id, next))
}

/// Notes the manager of a write on objects that were applied before. On others no client reads it, and each write would cost
/// more.
fn note_manager(state: &State, call: &Call, present: &Object, next: &mut Object) {
    let applied = call.content_type.starts_with("application/apply-patch");
    if applied || present.metadata.managed_fields.is_none() || call.place.subresource.is_some() {
        return;
    }
    let manager = call.query.get("fieldManager").unwrap_or(program(&call.user_agent));
    let now = serde_json::to_value(state.now()).unwrap_or_default();
    let (live, wanted) = (call.read(present), call.read(next));
    let entries = crate::patch::note_update(&live, &wanted, manager, now.as_str().unwrap_or_default());
    next.metadata.managed_fields = serde_json::value::to_raw_value(&entries).ok().map(Into::into);
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
    given.generate_name.clone_from(&keep.generate_name);
    given.namespace = keep.namespace.clone();
    given.uid = keep.uid.clone();
    given.generation = keep.generation;
    given.creation_timestamp = keep.creation_timestamp;
    given.deletion_timestamp = keep.deletion_timestamp;
    given.deletion_grace_period_seconds = keep.deletion_grace_period_seconds;
    object
}
