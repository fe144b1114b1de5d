use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::read;
use super::status::Failure;
use crate::kinds::{NAMESPACES, PODS};
use crate::store::{Key, Object, State};

/// `DeleteOptions`, in the body or the query.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    propagation_policy: Option<String>,
    grace_period_seconds: Option<i64>,
    preconditions: Preconditions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

/// A pod's grace period, where neither the pod nor the request sets one.
const POD_GRACE_SECONDS: i64 = 30;

/// DELETE of one object.
pub fn delete(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let options = options(call, body)?;
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    check(call, &present, &options.preconditions)?;
    if call.dry_run() {
        return Ok(read::one(call, StatusCode::OK, &present));
    }
    let left = remove(&mut state, call, &present, &options);
    drop(state);
    match left {
        Some(object) => Ok(read::one(call, StatusCode::OK, &object)),
        None => Ok(body::json(StatusCode::OK, &success(call, &present))),
    }
}

/// DELETE of all that a list would give.
pub fn delete_collection(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let options = options(call, body)?;
    let filter = call.query.filter()?;
    let mut state = context.store.lock();
    let within = state.collection(call.id).within(call.place.namespace.as_deref());
    let objects: Vec<_> = within.filter(|object| filter.matches(object)).cloned().collect();
    for object in objects.iter().filter(|_| !call.dry_run()) {
        remove(&mut state, call, object, &options);
    }
    let items: Vec<Value> = objects.iter().map(|object| object.to_value(&call.kind, call.version())).collect();
    Ok(body::json(
        StatusCode::OK,
        &json!({ "kind": format!("{}List", call.kind.kind),
        "apiVersion": call.kind.api_version(call.version()),
        "metadata": { "resourceVersion": state.version().to_string() }, "items": items }),
    ))
}

fn options(call: &Call, body: &[u8]) -> Result<Options, Failure> {
    let mut options: Options = if body.is_empty() {
        Options::default()
    } else {
        serde_json::from_value(body::parse(body, &call.content_type)?)
            .map_err(|error| Failure::bad_request(format!("DeleteOptions: {error}")))?
    };
    let policy = call.query.get("propagationPolicy").map(Into::into);
    options.propagation_policy = options.propagation_policy.or(policy);
    let grace = call.query.number("gracePeriodSeconds")?.and_then(|seconds| seconds.try_into().ok());
    options.grace_period_seconds = options.grace_period_seconds.or(grace);
    Ok(options)
}

fn check(call: &Call, present: &Object, preconditions: &Preconditions) -> Result<(), Failure> {
    let (uid, version) = (&present.metadata.uid, present.metadata.resource_version.to_string());
    let differs = |wanted: &Option<String>, is: &str| wanted.as_deref().is_some_and(|wanted| wanted != is);
    if differs(&preconditions.uid, uid) || differs(&preconditions.resource_version, &version) {
        let why = "the UID or resourceVersion in the precondition is not that of the object";
        return Err(Failure::conflict(&call.kind, call.name(), why));
    }
    Ok(())
}

/// Removes an object, or marks it where something must happen first; then it is given back.
fn remove(state: &mut State, call: &Call, present: &Arc<Object>, options: &Options) -> Option<Arc<Object>> {
    let mut next = Object::clone(present);
    match options.propagation_policy.as_deref() {
        Some("Foreground") => add_finalizer(&mut next, "foregroundDeletion"),
        Some("Orphan") => add_finalizer(&mut next, "orphan"),
        _ => {}
    }
    if call.id == NAMESPACES {
        next.set("status", &json!({ "phase": "Terminating" }));
    }
    let waits = !next.metadata.finalizers.is_empty() || call.id == NAMESPACES;
    let grace = if call.id == PODS { options.grace_period_seconds.unwrap_or(POD_GRACE_SECONDS) } else { 0 };
    if !waits && grace == 0 {
        state.remove(call.id, &Key::of(present));
        return None;
    }
    if present.metadata.deletion_timestamp.is_some() {
        return Some(present.clone());
    }
    next.metadata.deletion_timestamp = Some(state.now());
    next.metadata.deletion_grace_period_seconds = Some(grace);
    Some(state.store(call.id, next))
}

fn add_finalizer(object: &mut Object, name: &str) {
    if !object.metadata.finalizers.iter().any(|finalizer| &**finalizer == name) {
        object.metadata.finalizers.push(name.into());
    }
}

fn success(call: &Call, object: &Object) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": { "name": *object.metadata.name, "group": *call.kind.group, "kind": *call.kind.plural,
            "uid": *object.metadata.uid } })
}
