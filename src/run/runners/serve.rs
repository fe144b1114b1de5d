use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;

use super::protocol::Start;
use super::state::{RunnerState, clocks};

/// Trace files come with the orders.
const MOST: usize = 256 << 20;

/// Answers the coordinator until the runtime ends, and stops the load where it is lost.
pub(super) async fn serve(listener: TcpListener, state: Arc<RunnerState>) {
    let watch = async {
        state.silence().await;
        state.stop.stop();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = accept(listener, &state) => {}
        () = watch => {}
    }
}

async fn accept(listener: TcpListener, state: &Arc<RunnerState>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
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
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
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
    let body = Limited::new(request.into_body(), MOST).collect().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| error.to_string())
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| error.to_string())
}
