use std::future::Future;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::body::{Answer, RequestBody};
use super::status::Failure;

pub type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// The protocols that a client may choose from.
#[derive(Debug, Clone, Copy)]
pub enum Protocols {
    /// The first of these that the client offers; it must offer one.
    FirstOf(&'static [&'static str]),
    /// The only one that the client offers, or none.
    Any,
}

/// Whether a request begins a websocket's handshake.
pub fn is_asked(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers a websocket's handshake, and lets `serve` talk.
pub fn accept<F: Future<Output = ()> + Send>(
    mut request: Request<RequestBody>,
    protocols: Protocols,
    serve: impl FnOnce(Socket) -> F + Send + 'static,
) -> Result<Answer, Failure> {
    let offered =
        |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY).cloned() else {
        return Err(Failure::bad_request("Upgrade request required"));
    };
    let wanted: Vec<&str> = offered(header::SEC_WEBSOCKET_PROTOCOL).split(',').map(str::trim).collect();
    let protocol = match protocols {
        Protocols::Any => request.headers().get(header::SEC_WEBSOCKET_PROTOCOL).filter(|_| wanted.len() == 1).cloned(),
        Protocols::FirstOf(known) => {
            let Some(protocol) = known.iter().find(|protocol| wanted.contains(protocol)) else {
                return Err(Failure::new(StatusCode::FORBIDDEN, "Forbidden", "no protocol of the client is known"));
            };
            Some(HeaderValue::from_static(protocol))
        }
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(connection) = upgrade.await {
            serve(WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, None).await).await;
        }
    });
    let mut answer = Response::new(Empty::<Bytes>::new().boxed_unsync());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let accept =
        HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Failure::bad_request("bad key"))?;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    headers.extend(protocol.map(|protocol| (header::SEC_WEBSOCKET_PROTOCOL, protocol)));
    Ok(answer)
}
