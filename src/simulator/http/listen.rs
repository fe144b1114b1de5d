use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::Context;
use super::serve::{Reset, answer};

/// How long a client may take to agree on TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections until the task is dropped.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, context: Arc<Context>) -> Infallible {
    loop {
        // A failed accept (out of files, a client that left at once) is that client's trouble, not the server's.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        tokio::spawn(connection(stream, tls.clone(), context.clone()));
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, context: Arc<Context>) {
    // Nagle's algorithm would hold back a watch event until the one before it was acknowledged.
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, context).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                talk(stream, context).await;
            }
        }
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, context: Arc<Context>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let context = context.clone();
        async move { answer(context, request).await.map_err(|Reset| std::io::Error::other("connection reset by fault")) }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).pipeline_flush(true);
    server.http2().timer(TokioTimer::new()).max_concurrent_streams(1000);
    // An error here is a client that left or broke the protocol.
    let _ = server.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}
