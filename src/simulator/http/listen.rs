use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::Context;
use super::outage::Outages;
use super::serve::{ConnectionReset, answer};
use super::socket::{TcpListener, TcpStream, bind, listen_on};

/// How long a client may take to agree on TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// As the API server: a connection on which no request comes is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Accepts connections until the task is dropped, except in the outages of the schedule: then the port is closed, and every
/// connection is closed.
pub async fn serve(
    mut listener: TcpListener,
    tls: Option<TlsAcceptor>,
    context: Arc<Context>,
) -> io::Result<Infallible> {
    let address = listener.local_addr()?;
    let mut outages = Outages::new(context.faults.clone());
    loop {
        let (up, down) = watch::channel(());
        let until = tokio::select! {
            never = accept(&listener, tls.as_ref(), &context, &down) => match never {},
            until = outages.next() => until,
        };
        drop(listener);
        drop(up);
        tokio::time::sleep_until(until).await;
        listener = rebind(address).await;
    }
}

async fn accept(
    listener: &TcpListener,
    tls: Option<&TlsAcceptor>,
    context: &Arc<Context>,
    down: &watch::Receiver<()>,
) -> Infallible {
    loop {
        // A failed accept (out of files, a client that left at once) concerns that client alone.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (serving, mut down) = (connection(stream, tls.cloned(), context.clone()), down.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = serving => {}
                _ = down.changed() => {}
            }
        });
    }
}

/// Listens at the old address again; waits while another process has the port.
async fn rebind(address: SocketAddr) -> TcpListener {
    loop {
        if let Ok(listener) = bind(address).and_then(listen_on) {
            return listener;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, context: Arc<Context>) {
    // Nagle's algorithm would hold back a watch event until the one before it was acknowledged.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return serve_connection(Either::Left(stream), context).await };
    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        serve_connection(Either::Right(stream), context).await;
    }
}

/// Serves a connection, plain or TLS. One type for both: the HTTP server is in the program once.
async fn serve_connection(stream: Either<TcpStream, TlsStream<TcpStream>>, context: Arc<Context>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let context = context.clone();
        async move {
            answer(context, request.map(http_body_util::Either::Left))
                .await
                .map_err(|ConnectionReset| std::io::Error::other("connection reset by fault"))
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT).pipeline_flush(true);
    server.http2().timer(TokioTimer::new()).max_concurrent_streams(1000);
    // An error here is a client that left or broke the protocol.
    let _ = server.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}
