use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::offset::Offset;
use super::protocol::{PORT, REQUEST_TIMEOUT, RunnerStatus};
use super::state::clocks;
use crate::load::Supervisor;

/// Bytes of an answer, at most: claims come by the MiB, histograms with the result.
const LARGEST_ANSWER: usize = 64 << 20;
/// The same of one that says what was wrong.
const LARGEST_ERROR: usize = 4 << 10;

/// The way to one runner: a port-forward, opened anew whenever it was lost.
pub(super) struct Channel {
    pods: Api<Pod>,
    pod: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    supervisor: Supervisor,
}

impl Channel {
    pub fn new(client: &kube::Client, namespace: &str, pod: &str, supervisor: &Supervisor) -> Self {
        let (pods, supervisor) = (Api::namespaced(client.clone(), namespace), supervisor.clone());
        Self { pods, pod: pod.to_owned(), connection: None, supervisor }
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

    /// The runner's progress, and the claims from the offset `from` on, a line each. `stop` ends it.
    pub async fn poll(&mut self, from: u64, stop: bool) -> Result<(RunnerStatus, Bytes), String> {
        let stop = if stop { "&stop" } else { "" };
        let mut answer = self.ask(Method::GET, &format!("/poll?from={from}{stop}"), Vec::new()).await?;
        let end = answer.iter().position(|byte| *byte == b'\n').ok_or("an answer that cannot be read")?;
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
        let is_success = answer.status().is_success();
        let most = if is_success { LARGEST_ANSWER } else { LARGEST_ERROR };
        let body =
            Limited::new(answer.into_body(), most).collect().await.map_err(|error| error.to_string())?.to_bytes();
        if is_success { Ok(body) } else { Err(String::from_utf8_lossy(&body).into_owned()) }
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
        self.supervisor.spawn("port-forward", async move {
            let _ = connection.await;
            // Its tasks end with the stream, which the connection held.
            let _ = forward.join().await;
        });
        Ok(sender)
    }
}

fn decode<T: DeserializeOwned>(answer: &[u8]) -> Result<T, String> {
    serde_json::from_slice(answer).map_err(|error| format!("an answer that cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncWriteExt, duplex};

    use super::*;
    use crate::load::Stop;

    /// Asks a runner that answers with `head` and then for ever with spaces.
    async fn ask(head: &'static str) -> String {
        let (ours, mut theirs) = duplex(1 << 20);
        let (sender, connection) = handshake(TokioIo::new(ours)).await.unwrap();
        let client = kube::Client::try_from(kube::Config::new("http://127.0.0.1:1".parse().unwrap())).unwrap();
        let mut channel = Channel::new(&client, "default", "runner", &Supervisor::new(Stop::default()));
        channel.connection = Some(sender);
        let connection = tokio::spawn(connection);
        let runner = tokio::spawn(async move {
            theirs.write_all(head.as_bytes()).await.unwrap();
            while theirs.write_all(&[b' '; 1 << 13]).await.is_ok() {}
        });
        let error = channel.exchange(Method::GET, "/poll", Vec::new()).await.unwrap_err();
        runner.abort();
        connection.abort();
        error
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_read_to_its_end() {
        assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\n").await, "length limit exceeded");
        assert_eq!(ask("HTTP/1.1 400 Bad Request\r\n\r\n").await, "length limit exceeded");
    }
}
