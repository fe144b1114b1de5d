use std::convert::Infallible;
use std::time::Duration;

use agent_sandbox_common::yaml;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use serde::Serialize;
use serde_json::Value;

use super::status::Failure;

/// The body of an answer: all at once, or a watch.
pub type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// The body of a request: of a connection, or handed over within the process.
pub type RequestBody = Either<Incoming, Full<Bytes>>;

/// The API server's own limit.
const MAX_BODY: usize = 3 * 1024 * 1024;

/// An answer of JSON that is encoded already.
pub fn json_bytes(code: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body).boxed_unsync());
    *answer.status_mut() = code;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}

/// An answer of JSON.
pub fn json(code: StatusCode, body: &impl Serialize) -> Answer {
    json_bytes(code, serde_json::to_vec(body).unwrap_or_default().into())
}

/// An answer of plain text.
pub fn text(body: impl Into<Bytes>) -> Answer {
    bytes("text/plain; charset=utf-8", body)
}

/// An answer of another type.
pub fn bytes(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()).boxed_unsync());
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    answer
}

/// How long a client may take to send a body: half a body must not hold a connection without end.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads a request's body.
pub async fn read(body: RequestBody) -> Result<Bytes, Failure> {
    read_up_to(MAX_BODY, body).await
}

/// Reads a body of at most so many bytes.
pub async fn read_up_to(most: usize, body: RequestBody) -> Result<Bytes, Failure> {
    read_within(BODY_TIMEOUT, most, body).await
}

async fn read_within<B>(timeout: Duration, most: usize, body: B) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    let Ok(read) = tokio::time::timeout(timeout, Limited::new(body, most).collect()).await else {
        let message = format!("Timeout: request did not complete within requested timeout - {timeout:?}");
        return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message));
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("limit is {most} bytes");
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message))
        }
        Err(error) => Err(Failure::bad_request(error.to_string())),
    }
}

/// Parses a body: JSON, or YAML where the content type is YAML.
pub fn parse(body: &[u8], content_type: &str) -> Result<Value, Failure> {
    if content_type.contains("protobuf")
        && let Some(value) = super::protobuf::decode(body)
    {
        return Ok(value);
    }
    if content_type.contains("protobuf") || content_type.contains("cbor") {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: \
            application/json, application/yaml, got {content_type}"
        );
        return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message));
    }
    let unreadable =
        |error: String| Failure::bad_request(format!("couldn't get version/kind; json parse error: {error}"));
    match serde_json::from_slice(body) {
        Err(_) if content_type.contains("yaml") => {
            let text = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
            yaml::read(text).map_err(|error| unreadable(error.to_string()))
        }
        parsed => parsed.map_err(|error| unreadable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    #[tokio::test]
    async fn half_a_body_is_not_waited_for_without_end() {
        let begun = futures::stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{")))]);
        let half = StreamBody::new(futures::StreamExt::chain(begun, futures::stream::pending()));
        assert_eq!(
            read_within(Duration::from_millis(1), MAX_BODY, half).await.unwrap_err().code,
            StatusCode::GATEWAY_TIMEOUT
        );
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused() {
        let body = Full::new(Bytes::from(vec![b' '; MAX_BODY + 1]));
        let failure = read_within(BODY_TIMEOUT, MAX_BODY, body).await.unwrap_err();
        assert_eq!((failure.code, failure.reason), (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"));
    }
}
