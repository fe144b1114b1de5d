use http::StatusCode;
use serde_json::{Value, json};

use super::body::{self, Answer};
use super::context::{Call, Context};
use super::status::{Failure, FieldFault};
use crate::access::AUDIENCE;
use crate::store::Timestamp;

/// How long a token is valid by default, and at least.
const DEFAULT_EXPIRATION_SECONDS: i64 = 3600;
const MIN_EXPIRATION_SECONDS: i64 = 600;

/// POST of `serviceaccounts/NAME/token`: a `TokenRequest`, answered with a token of that account.
pub fn request(context: &Context, call: &Call, body: &[u8]) -> Result<Answer, Failure> {
    let mut request = if body.is_empty() { json!({}) } else { body::parse(body, &call.content_type)? };
    let spec = request.get("spec").unwrap_or(&Value::Null);
    if !request.is_object() || !(spec.is_object() || spec.is_null()) {
        return Err(Failure::bad_request("a TokenRequest and its spec must be JSON objects"));
    }
    let seconds = request["spec"]["expirationSeconds"].as_i64().unwrap_or(DEFAULT_EXPIRATION_SECONDS);
    if seconds < MIN_EXPIRATION_SECONDS {
        let why = "may not specify a duration less than 10 minutes";
        let fault = FieldFault::invalid("spec.expirationSeconds", &seconds.into(), why);
        return Err(Failure::invalid(&call.kind, call.name(), &[fault]));
    }
    let audiences: Vec<String> = request["spec"]["audiences"].as_array().into_iter().flatten().map(text).collect();
    let audiences = if audiences.is_empty() { vec![AUDIENCE.into()] } else { audiences };
    let state = context.store.lock();
    let account = state.get(call.id, &call.key()).ok_or_else(|| call.not_found())?;
    let now = state.now();
    let expires = Timestamp(now.0.saturating_add(seconds));
    let token = context.tokens.issue(account, audiences.clone(), now, Some(expires), None);
    request["kind"] = "TokenRequest".into();
    request["apiVersion"] = "authentication.k8s.io/v1".into();
    request["metadata"] = json!({ "name": call.name(), "namespace": call.place.namespace, "creationTimestamp": now });
    request["spec"]["audiences"] = audiences.into();
    request["spec"]["expirationSeconds"] = seconds.into();
    request["status"] = json!({ "token": token, "expirationTimestamp": expires });
    Ok(body::json(StatusCode::CREATED, &request))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}
