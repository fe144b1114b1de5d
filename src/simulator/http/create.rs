use http::StatusCode;
use serde_json::json;

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::{Failure, FieldFault};
use super::{admit, quota, read};
use crate::kinds::{CLAIMS, NAMESPACES, PODS};
use crate::store::{Key, Object, State, is_in_truth};

/// POST of an object.
pub fn create(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let object = admit::object(call, body::parse(body, &call.content_type)?)?;
    let mut state = context.store.lock();
    let object = insert(&mut state, call, object)?;
    let metadata = &object.metadata;
    if is_in_truth(call.id, metadata) && !call.dry_run() {
        let received_ns = call.received.at_ns;
        context.truth.created(metadata.uid.clone(), metadata.namespace.clone(), metadata.name.clone(), received_ns);
    }
    if call.id == CLAIMS && !call.dry_run() {
        state.waits.begin(Key::of(&object), call.received.at_ns, call.received.seated_ns);
    }
    drop(state);
    Ok(read::one(call, StatusCode::CREATED, &object))
}

/// Stores a new object, whoever sent it and however.
pub fn insert(state: &mut State, call: &Call, mut object: Object) -> Result<std::sync::Arc<Object>, Failure> {
    if object.metadata.resource_version != 0 {
        return Err(Failure::bad_request("resourceVersion should not be set on objects to be created"));
    }
    name(state, call, &mut object)?;
    admit::check_metadata(call, &object.metadata)?;
    if call.kind.namespaced {
        check_namespace(state, call, &object)?;
    }
    if state.get(call.id, &Key::of(&object)).is_some() {
        return Err(Failure::already_exists(&call.kind, &object.metadata.name));
    }
    if call.kind.status {
        object.set_json("status", None);
    }
    if call.id == PODS {
        admit::check_pod(call, &object)?;
        object.set("status", &json!({ "phase": "Pending" }));
    }
    object.metadata.deletion_timestamp = None;
    admit::check_size(&object)?;
    admit::check_grant(state, call, &object)?;
    quota::check(state, call, &object)?;
    Ok(if call.dry_run() { std::sync::Arc::new(object) } else { state.create(call.id, object) })
}

fn name(state: &mut State, call: &Call, object: &mut Object) -> Result<(), Failure> {
    if !object.metadata.name.is_empty() {
        return Ok(());
    }
    let Some(prefix) = object.metadata.generate_name.clone().filter(|prefix| !prefix.is_empty()) else {
        let mut fault = FieldFault::required("metadata.name");
        fault.message = "Required value: name or generateName is required".into();
        return Err(Failure::invalid(&call.kind, "", &[fault]));
    };
    object.metadata.name = format!("{prefix}{}", state.random.suffix()).into();
    Ok(())
}

fn check_namespace(state: &State, call: &Call, object: &Object) -> Result<(), Failure> {
    let namespace = &object.metadata.namespace;
    let Some(found) = state.get(NAMESPACES, &Key::new("", namespace.clone())) else {
        return Err(Failure::not_found(state.kind(NAMESPACES), namespace));
    };
    if found.metadata.deletion_timestamp.is_none() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    Err(Failure::forbidden(&call.kind, &object.metadata.name, &why))
}
