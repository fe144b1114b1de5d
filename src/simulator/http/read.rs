use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::Failure;
use crate::simulator::store::Object;

/// GET of one object.
pub fn get(context: &Context, call: &Call) -> Result<Answer, Failure> {
    let object = context.store.lock().get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    one(call, StatusCode::OK, &object)
}

/// An answer that carries one object.
pub fn one(call: &Call, code: StatusCode, object: &Object) -> Result<Answer, Failure> {
    Ok(body::json_bytes(code, object.encode(&call.kind, call.version())))
}

/// GET of a kind's objects.
pub fn list(context: &Context, call: &Call) -> Result<Answer, Failure> {
    let filter = call.query.filter()?;
    let (version, objects) = {
        let state = context.store.lock();
        let within = state.collection(call.id).within(call.place.namespace.as_deref());
        let objects: Vec<Arc<Object>> = within.filter(|object| filter.matches(object)).cloned().collect();
        (state.version(), objects)
    };
    let head = json!({ "kind": format!("{}List", call.kind.kind), "apiVersion": call.kind.api_version(call.version()),
        "metadata": { "resourceVersion": version.to_string() } });
    let mut out = head.to_string().into_bytes();
    out.pop();
    out.extend_from_slice(b",\"items\":[");
    for (at, object) in objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&object.encode(&call.kind, call.version()));
    }
    out.extend_from_slice(b"]}\n");
    Ok(body::json_bytes(StatusCode::OK, out.into()))
}
