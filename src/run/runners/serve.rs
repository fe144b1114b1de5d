use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::protocol::{REQUEST_TIMEOUT, Start};
use super::state::{RunnerState, clocks};
use crate::load::Supervisor;

/// Bytes of a request, at most: trace files come with the orders.
const LARGEST_REQUEST: usize = 256 << 20;

/// Answers the coordinator until the runtime ends, and stops the load where it is lost.
pub(super) async fn serve(listener: TcpListener, state: Arc<RunnerState>, supervisor: Supervisor) {
    let watch = async {
        state.silence().await;
        state.stop.stop();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = accept(listener, &state, &supervisor) => {}
        () = watch => {}
    }
}

async fn accept(listener: TcpListener, state: &Arc<RunnerState>, supervisor: &Supervisor) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Nagle's algorithm would make the round trips long by which clocks are compared.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(state);
        let service = service_fn(move |request| {
            let state = Arc::clone(&state);
            async move { Ok::<_, Infallible>(answer(&state, request).await) }
        });
        // An error here is a coordinator that left; it comes again, or is missed.
        let mut http = http1::Builder::new();
        let connection = http
            .timer(TokioTimer::new())
            .header_read_timeout(REQUEST_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service);
        connections.spawn(supervisor.catch("connection", connection));
    }
}

async fn answer(state: &RunnerState, request: Request<Incoming>) -> Response<Full<Bytes>> {
    state.mark_heard();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = match (method, &*path) {
        (Method::GET, "/clock") => json(&clocks()),
        (Method::GET, "/poll") => poll(state, &query),
        (Method::POST, "/orders") => read(request).await.map(|orders| {
            state.take(orders);
            Vec::new()
        }),
        (Method::POST, "/start") => read(request).await.map(|start: Start| {
            state.start_at(start.at_ns);
            Vec::new()
        }),
        (Method::POST, "/dismiss") => {
            state.dismiss();
            Ok(Vec::new())
        }
        _ => Err(format!("no {path} here")),
    };
    let (status, body) =
        answer.map_or_else(|error| (StatusCode::BAD_REQUEST, error.into()), |body| (StatusCode::OK, body));
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
}

/// `from=OFFSET`, and `stop` where the run is stopped.
fn poll(state: &RunnerState, query: &str) -> Result<Vec<u8>, String> {
    let mut words = query.split('&');
    if words.clone().any(|word| word == "stop") {
        state.stop.stop();
    }
    let from = words.find_map(|word| word.strip_prefix("from=")?.parse().ok()).ok_or("from=OFFSET is missing")?;
    state.tell(from).map_err(|error| error.to_string())
}

async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, String> {
    let body = timeout(REQUEST_TIMEOUT, Limited::new(request.into_body(), LARGEST_REQUEST).collect()).await;
    let body = body.map_err(|_| "it did not end in time")?.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| error.to_string())
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::load::Stop;

    /// What a client is answered that sends so much and then nothing.
    async fn answer_to(sent: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(sent.as_bytes()).await.unwrap();
        let stop = Stop::default();
        let state = Arc::new(RunnerState::new(stop.clone()));
        let server = tokio::spawn(serve(listener, state, Supervisor::new(stop)));
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer).await;
        server.abort();
        answer
    }

    #[tokio::test]
    async fn a_request_that_does_not_end_is_given_up() {
        let orders = "POST /orders HTTP/1.1\r\nhost: runner\r\ncontent-length: 100\r\n\r\n{";
        let answer = answer_to(orders).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.ends_with("it did not end in time"), "{answer}");
        // Nobody is answered whose head never ends; the connection is closed, or this would wait for ever.
        assert!(!answer_to("GET /clock HTT").await.contains("200 OK"));
    }
}
