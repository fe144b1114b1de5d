use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::offset::Offset;
use super::protocol::{PORT, RunnerStatus};
use super::state::clocks;

/// How long an answer may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The way to one runner: a port-forward, opened anew whenever it was lost.
pub(super) struct Channel {
    pods: Api<Pod>,
    pod: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Channel {
    pub fn new(client: &kube::Client, namespace: &str, pod: &str) -> Self {
        Self { pods: Api::namespaced(client.clone(), namespace), pod: pod.to_owned(), connection: None }
    }

    /// Compares clocks by one round trip.
    pub async fn compare(&mut self) -> Result<Offset, String> {
        // A connection that is opened meanwhile is no part of the round trip.
        self.connected().await?;
        let asked = clocks();
        let answer = self.ask(Method::GET, "/clock", Vec::new()).await?;
        let answered = clocks();
        Ok(Offset::of(asked, decode(&answer)?, answered))
    }

    /// How the runner stands, and the claims from the offset `from` on, a line each. `stop` ends it.
    pub async fn poll(&mut self, from: u64, stop: bool) -> Result<(RunnerStatus, Bytes), String> {
        let stop = if stop { "&stop" } else { "" };
        let mut answer = self.ask(Method::GET, &format!("/poll?from={from}{stop}"), Vec::new()).await?;
        let end = answer.iter().position(|byte| *byte == b'\n').ok_or("an answer that is none")?;
        let status = decode(&answer.split_to(end + 1))?;
        Ok((status, answer))
    }

    /// Tells the runner something.
    pub async fn tell(&mut self, path: &str, what: &impl Serialize) -> Result<(), String> {
        let body = serde_json::to_vec(what).map_err(|error| error.to_string())?;
        self.ask(Method::POST, path, body).await.map(drop)
    }

    async fn ask(&mut self, method: Method, path: &str, body: Vec<u8>) -> Result<Bytes, String> {
        let answer = timeout(REQUEST_TIMEOUT, self.exchange(method, path, body)).await;
        let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {} s", REQUEST_TIMEOUT.as_secs())));
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    async fn exchange(&mut self, method: Method, path: &str, body: Vec<u8>) -> Result<Bytes, String> {
        let request = Request::builder().method(method).uri(path).header("host", "runner");
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
        let connection = self.connected().await?;
        let answer = connection.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(String::from_utf8_lossy(&body).into_owned()) }
    }

    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let open = timeout(REQUEST_TIMEOUT, self.open()).await;
            self.connection = Some(open.map_err(|_| "no port-forward in time")??);
        }
        self.connection.as_mut().ok_or_else(|| "no connection".to_owned())
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let forward = self.pods.portforward(&self.pod, &[PORT]).await;
        let mut forward = forward.map_err(|error| format!("port-forward to {}: {error}", self.pod))?;
        let stream = forward.take_stream(PORT).ok_or("a port-forward without a stream")?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move {
            let _ = connection.await;
            // Its tasks end with the stream, which the connection held.
            let _ = forward.join().await;
        });
        Ok(sender)
    }
}

fn decode<T: DeserializeOwned>(answer: &[u8]) -> Result<T, String> {
    serde_json::from_slice(answer).map_err(|error| format!("an answer that is none: {error}"))
}
