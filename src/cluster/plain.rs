use bytes::Bytes;
use http::header::{CONNECTION, HOST, HeaderValue};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why a request to a server other than the API server came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainFailure {
    /// No connection.
    Connect,
    /// The connection ended before the answer.
    Lost,
}

/// Sends one request over plain HTTP/1.1, on a connection of its own that carries no credentials.
///
/// # Errors
/// [`PlainFailure`].
pub async fn send_plain(
    server: (&str, u16),
    mut request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, PlainFailure> {
    let stream = TcpStream::connect(server).await.map_err(|_| PlainFailure::Connect)?;
    // Best effort: a socket that refuses it still carries the request.
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| PlainFailure::Connect)?;
    // It ends with the connection; whoever waits for the answer gets its error.
    tokio::spawn(connection);
    let host = HeaderValue::from_str(&format!("{}:{}", server.0, server.1)).map_err(|_| PlainFailure::Connect)?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    sender.send_request(request).await.map_err(|_| PlainFailure::Lost)
}
