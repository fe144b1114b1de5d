use std::sync::Arc;

use http::{StatusCode, header};
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::snapshots::Snapshot;
use super::status::Failure;
use super::table;
use crate::store::Object;

/// GET of one object.
pub fn get(context: &Context, call: &Call) -> Result<Answer, Failure> {
    let object = context.store.lock().get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    if table::wanted(&call.accept) {
        let metadata = json!({ "resourceVersion": object.metadata.resource_version.to_string() });
        return Ok(as_table(&table::table(call, &[object], &metadata)));
    }
    Ok(one(call, StatusCode::OK, &object))
}

/// An answer that carries one object.
pub fn one(call: &Call, code: StatusCode, object: &Object) -> Answer {
    body::json_bytes(code, object.encode(&call.kind, call.version()))
}

/// GET of a kind's objects.
pub fn list(context: &Context, call: &Call) -> Result<Answer, Failure> {
    let page = page(context, call)?;
    let mut metadata = json!({ "resourceVersion": page.version.to_string() });
    if let Some(token) = page.next {
        metadata["continue"] = token.into();
        metadata["remainingItemCount"] = page.left.into();
    }
    if table::wanted(&call.accept) {
        return Ok(as_table(&table::table(call, &page.objects, &metadata)));
    }
    let head = json!({ "kind": format!("{}List", call.kind.kind), "apiVersion": call.kind.api_version(call.version()),
        "metadata": metadata });
    let mut out = head.to_string().into_bytes();
    out.pop();
    out.extend_from_slice(b",\"items\":[");
    for (at, object) in page.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&object.encode(&call.kind, call.version()));
    }
    out.extend_from_slice(b"]}\n");
    Ok(body::json_bytes(StatusCode::OK, out.into()))
}

struct Page {
    version: u64,
    objects: Vec<Arc<Object>>,
    next: Option<String>,
    left: usize,
}

fn page(context: &Context, call: &Call) -> Result<Page, Failure> {
    let filter = call.query.filter()?;
    check_fields(call, &filter)?;
    let limit = call.query.number("limit")?.unwrap_or(0);
    let snapshot = if let Some(token) = call.query.get("continue") {
        let expired = "The provided continue parameter is too old to display a consistent list result. You must start a \
            new list without the continue parameter.";
        context.snapshots.get(token).ok_or_else(|| Failure::gone(expired))?
    } else {
        let state = context.store.lock();
        let within = state.collection(call.id).within(call.place.namespace.as_deref());
        let rest = within.filter(|object| filter.matches(object)).cloned().collect();
        Snapshot { version: state.version(), rest }
    };
    let size = if limit == 0 { snapshot.rest.len() } else { snapshot.rest.len().min(limit as usize) };
    let (objects, rest) = snapshot.rest.split_at(size);
    let next =
        (!rest.is_empty()).then(|| context.snapshots.keep(Snapshot { version: snapshot.version, rest: rest.into() }));
    Ok(Page { version: snapshot.version, objects: objects.to_vec(), next, left: rest.len() })
}

/// Custom resources can be selected by name and namespace alone.
pub fn check_fields(call: &Call, filter: &crate::store::Filter) -> Result<(), Failure> {
    let unknown =
        filter.fields().find(|field| call.kind.custom && !["metadata.name", "metadata.namespace"].contains(field));
    unknown.map_or(Ok(()), |field| Err(Failure::bad_request(format!("field label not supported: {field}"))))
}

fn as_table(table: &Value) -> Answer {
    let mut answer = body::json(StatusCode::OK, table);
    let full = header::HeaderValue::from_static("application/json;as=Table;g=meta.k8s.io;v=v1");
    answer.headers_mut().insert(header::CONTENT_TYPE, full);
    answer
}
