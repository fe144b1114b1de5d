use std::error::Error;
use std::pin::pin;

use http::header::{CONNECTION, HOST, HeaderValue};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::tcp::connect;

/// Why a request to a server other than the API server came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainFailure {
    /// No connection.
    Connect,
    /// The connection ended before the answer.
    Lost,
}

/// Sends one request over plain HTTP/1.1, on a connection of its own that carries no credentials, and does `read` with the
/// answer.
///
/// # Errors
/// [`PlainFailure`].
pub async fn send_plain<B, T>(
    server: (&str, u16),
    mut request: Request<B>,
    read: impl AsyncFnOnce(Response<Incoming>) -> T,
) -> Result<T, PlainFailure>
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + 'static,
{
    let stream = connect(server).await.map_err(|_| PlainFailure::Connect)?;
    // Best effort: a socket that refuses it still carries the request.
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| PlainFailure::Connect)?;
    let host = HeaderValue::from_str(&format!("{}:{}", server.0, server.1)).map_err(|_| PlainFailure::Connect)?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    let mut exchange = pin!(async {
        let response = sender.send_request(request).await.map_err(|_| PlainFailure::Lost)?;
        Ok(read(response).await)
    });
    // Who waits for the answer drives the connection; what came before its end can still be read.
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        _ = connection => exchange.await,
    }
}
