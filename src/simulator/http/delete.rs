use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::delete_options::{Options, Policy};
use super::read;
use super::status::Failure;
use crate::kinds::{NAMESPACES, PODS};
use crate::pod_grace::grace_seconds;
use crate::store::{Key, Object, State, Timestamp};

/// DELETE of one object.
pub fn delete(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let options = Options::read(call, body)?;
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let (object, goes) = remove(&mut state, call, &present, &options)?;
    drop(state);
    if goes && !call.kind.returns_deleted {
        return Ok(body::json(StatusCode::OK, &success(call, &present)));
    }
    Ok(read::one(call, StatusCode::OK, &object))
}

/// Deletes an object as far as the options allow: what it is now or was at last, and whether it goes at once.
pub fn remove(
    state: &mut State,
    call: &Call,
    present: &Arc<Object>,
    options: &Options,
) -> Result<(Arc<Object>, bool), Failure> {
    check(call, present, options)?;
    let fate = Fate::of(state, call, present, options);
    let goes = matches!(fate, Fate::Goes(_));
    Ok((if options.is_dry_run() { fate.into_object() } else { fate.befall(state, call) }, goes))
}

/// DELETE of all that a list would give.
pub fn delete_collection(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let options = Options::read(call, body)?;
    let filter = call.query.filter()?;
    let mut state = context.store.lock();
    let within = state.collection(call.id).within(call.place.namespace.as_deref());
    let objects: Vec<_> = within.filter(|object| filter.matches(object)).cloned().collect();
    for object in objects.iter().filter(|_| !options.is_dry_run()) {
        Fate::of(&state, call, object, &options).befall(&mut state, call);
    }
    let items: Vec<Value> = objects.iter().map(|object| object.to_value(&call.kind, call.version())).collect();
    Ok(body::json(
        StatusCode::OK,
        &json!({ "kind": format!("{}List", call.kind.kind),
        "apiVersion": call.kind.api_version(call.version()),
        "metadata": { "resourceVersion": state.version().to_string() }, "items": items }),
    ))
}

fn check(call: &Call, present: &Object, options: &Options) -> Result<(), Failure> {
    let version = present.metadata.resource_version.to_string();
    let all = options.preconditions(&present.metadata.uid, &version);
    let Some((what, wanted, is)) = all.into_iter().find(|(_, wanted, is)| wanted != is) else { return Ok(()) };
    let meaning = if what == "UID" { "deleted and then recreated" } else { "modified" };
    let why = format!(
        "the {what} in the precondition ({wanted}) does not match the {what} in record ({is}). The object might have \
         been {meaning}"
    );
    Err(Failure::conflict(&call.kind, call.name(), &why))
}

/// What a deletion does to an object.
enum Fate {
    /// It is removed; its last state.
    Goes(Object),
    /// It is marked: something must happen first.
    Waits(Object),
    /// It was marked before.
    Waited(Arc<Object>),
}

impl Fate {
    fn of(state: &State, call: &Call, present: &Arc<Object>, options: &Options) -> Self {
        let mut next = Object::clone(present);
        match options.policy() {
            Some(Policy::Foreground) => add_finalizer(&mut next, "foregroundDeletion"),
            Some(Policy::Orphan) => add_finalizer(&mut next, "orphan"),
            Some(Policy::Background) | None => {}
        }
        if call.id == NAMESPACES {
            next.set("status", &json!({ "phase": "Terminating" }));
        }
        let waits = !next.metadata.finalizers.is_empty() || call.id == NAMESPACES;
        let grace = if call.id == PODS { grace_seconds(present, options.grace_period_seconds) } else { 0 };
        if present.metadata.deletion_timestamp.is_some() && (waits || grace > 0) {
            return Self::Waited(present.clone());
        }
        if waits || call.id == PODS {
            next.metadata.deletion_timestamp = Some(Timestamp(state.now().0.saturating_add(grace)));
            next.metadata.deletion_grace_period_seconds = Some(grace);
        }
        if waits || grace > 0 { Self::Waits(next) } else { Self::Goes(next) }
    }

    /// What is left of the object, or was.
    fn into_object(self) -> Arc<Object> {
        match self {
            Self::Goes(object) | Self::Waits(object) => Arc::new(object),
            Self::Waited(object) => object,
        }
    }

    fn befall(self, state: &mut State, call: &Call) -> Arc<Object> {
        match self {
            Self::Waits(object) => state.store(call.id, object),
            Self::Goes(ref object) => {
                state.remove(call.id, &Key::of(object));
                self.into_object()
            }
            Self::Waited(object) => object,
        }
    }
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
