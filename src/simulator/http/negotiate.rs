//! In which form a client wants its answer: JSON, unless it takes protobuf and nothing else.

use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::body::{self, Answer};
use super::protobuf;
use super::status::Failure;

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// Whether a client takes protobuf alone. Most Go clients take JSON too, and get that.
pub fn is_protobuf_alone(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains(PROTOBUF) && !accept.contains("json") && !accept.contains("*/*")
}

/// An answer of JSON as protobuf; what is no object stays as it is.
pub async fn as_protobuf(answer: Answer) -> Answer {
    if answer.headers().get(header::CONTENT_TYPE).is_none_or(|it| it != "application/json") {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let json = body.collect().await.unwrap_or_else(|never| match never {}).to_bytes();
    let value: Value = serde_json::from_slice(&json).unwrap_or_default();
    let message =
        if value["kind"].is_string() { protobuf::encode(&value) } else { return body::json_bytes(parts.status, json) };
    let Some(message) = message.or_else(|| {
        parts.status = StatusCode::NOT_ACCEPTABLE;
        protobuf::encode(&not_acceptable().to_value())
    }) else {
        return body::json_bytes(parts.status, json);
    };
    parts.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(PROTOBUF));
    Answer::from_parts(parts, Full::new(message.into()).boxed_unsync())
}

/// 406: the kind has no protobuf form.
pub fn not_acceptable() -> Failure {
    let message = "only the following media types are accepted: application/json";
    Failure::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message)
}
