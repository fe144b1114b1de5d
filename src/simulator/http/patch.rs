use std::sync::Arc;

use agent_sandbox_common::strategic_merge;
use http::StatusCode;
use json_patch::PatchOperation;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::{Failure, FieldFault};
use super::update::write;
use super::{admit, create, read};
use crate::patch;
use crate::store::{Object, State};

/// The API server's limits of a JSON patch: copies of copies would fill the memory.
const MAX_OPERATIONS: usize = 10_000;
const MAX_COPIED: usize = 3 * 1024 * 1024;

const APPLY: &str = "application/apply-patch+yaml";

/// PATCH of an object or of a subresource.
pub fn patch(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let patch = body::parse(body, &call.content_type)?;
    let format = call.content_type.split(';').next().unwrap_or_default();
    let mut state = context.store.lock();
    let present = state.get(call.id, &call.key()).cloned();
    if format == APPLY {
        return apply(&mut state, call, present.as_ref(), &patch);
    }
    let present = present.ok_or_else(|| call.not_found())?;
    let live = call.read(&present);
    let mut value = live.clone();
    match format {
        "application/json-patch+json" => apply_json_patch(call, &mut value, patch)?,
        "application/merge-patch+json" => json_patch::merge(&mut value, &patch),
        "application/strategic-merge-patch+json" if !call.kind.custom => strategic_merge::merge(&mut value, &patch),
        other => {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: \
                application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, got {other}"
            );
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
        }
    }
    let object = admit::object(call, value)?;
    let object = write(&mut state, call, &present, object)?;
    drop(state);
    Ok(read::one(call, StatusCode::OK, &object))
}

fn apply_json_patch(call: &Call, value: &mut Value, patch: Value) -> Result<(), Failure> {
    let patch: json_patch::Patch = serde_json::from_value(patch)
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    if patch.0.len() > MAX_OPERATIONS {
        let message = format!(
            "Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            patch.0.len()
        );
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message));
    }
    let mut copied = 0;
    for operation in patch.0 {
        if let PatchOperation::Copy(copy) = &operation {
            copied += value.pointer(copy.from.as_str()).map_or(0, |it| it.to_string().len());
        }
        if copied > MAX_COPIED {
            let message = "the server rejected our request due to an error in our request";
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message));
        }
        json_patch::patch(value, &[operation]).map_err(|error| {
            let fault = FieldFault { field: "patch".into(), reason: "FieldValueInvalid", message: error.to_string() };
            Failure::invalid(&call.kind, call.name(), &[fault])
        })?;
    }
    Ok(())
}

/// Server-side apply: creates what is not there.
fn apply(state: &mut State, call: &Call, present: Option<&Arc<Object>>, applied: &Value) -> Result<Answer, Failure> {
    let Some(manager) = call.query.get("fieldManager") else {
        let message =
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
        return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message));
    };
    if applied["metadata"]["name"] != *call.name() {
        let message =
            format!("the name of the object ({} based on URL) was undeterminable: name must be provided", call.name());
        return Err(Failure::bad_request(message));
    }
    let kind = json!({ "kind": *call.kind.kind, "apiVersion": call.kind.api_version(call.version()), "metadata": {} });
    let live = present.map_or(kind, |object| call.read(object));
    let now = serde_json::to_value(state.now()).unwrap_or_default();
    let now = now.as_str().unwrap_or_default();
    let force = call.query.is_true("force");
    let done = patch::apply(&live, applied, manager, force, now).map_err(|conflicts| conflict(&conflicts))?;
    let mut value = done.object;
    value["metadata"]["managedFields"] = done.managed_fields;
    let object = admit::object(call, value)?;
    let (code, object) = match present {
        Some(present) => (StatusCode::OK, write(state, call, present, object)?),
        None => (StatusCode::CREATED, create::insert(state, call, object)?),
    };
    Ok(read::one(call, code, &object))
}

fn conflict(conflicts: &[patch::Conflict]) -> Failure {
    let one = |conflict: &patch::Conflict| format!("conflict with {:?}: {}", conflict.manager, conflict.field);
    let all = conflicts.iter().map(one).collect::<Vec<_>>().join("\n");
    let plural = if conflicts.len() == 1 { "conflict" } else { "conflicts" };
    let message = format!("Apply failed with {} {plural}: {all}", conflicts.len());
    let mut failure = Failure::new(StatusCode::CONFLICT, "Conflict", message);
    let cause = |conflict: &patch::Conflict| {
        json!({ "reason": "FieldManagerConflict", "field": conflict.field,
        "message": format!("conflict with {:?}", conflict.manager) })
    };
    failure.details = json!({ "causes": conflicts.iter().map(cause).collect::<Vec<_>>() });
    failure
}
