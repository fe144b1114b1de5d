use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agent_sandbox_common::clock::{monotonic_ns, timestamp};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use jiff::fmt::rfc2822;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use super::arrivals::Arrivals;
use super::credentials::Held;
use super::{ClusterError, Connections, Credentials, Dialer, Lease};

/// How servers see this program.
pub(crate) const PROGRAM: &str = concat!("agent-sandbox-bench/", env!("CARGO_PKG_VERSION"));
/// An answer to a GET larger than this is not one the API gives, not even of a page of a list.
const MAX_PAGE: usize = 64 << 20;
/// The same of an answer to a write: it holds one object, of which etcd takes no more than 1.5 MiB.
const MAX_OBJECT: usize = 4 << 20;
/// Characters of a server's message that are shown.
const LONGEST_MESSAGE: usize = 1000;

/// Sends requests to one server, each over one connection of a pool, and says when it was sent.
#[derive(Clone)]
pub struct Requester {
    connections: Arc<Connections>,
    credentials: Credentials,
    host: HeaderValue,
    /// What stands before each path, no slash at the end: the path of the server's URL, the whole URL for a proxy that
    /// forwards.
    prefix: Arc<str>,
    proxy_authorization: Option<HeaderValue>,
    /// What stands in each request over the headers that it has anyway.
    headers: Option<Arc<HeaderMap>>,
}

/// An answer.
#[derive(Debug, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Seconds of the Retry-After header.
    pub retry_after: Option<u64>,
    /// The whole body.
    pub body: Bytes,
    /// When the request had a connection, `CLOCK_MONOTONIC` ns.
    pub connected_ns: i64,
    /// When the first byte of the request went out, likewise.
    pub sent_ns: i64,
    /// The earliest that the whole answer may have arrived, likewise; `None` where the kernel does not say.
    pub arrived_ns: Option<i64>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// Nothing was sent.
    NotSent(ClusterError),
    /// The request went out (at `sent_ns`) and its answer was lost.
    Lost {
        /// When the first byte of the request went out, `CLOCK_MONOTONIC` ns.
        sent_ns: i64,
        /// What became of the connection.
        message: String,
    },
}

impl Requester {
    /// A requester with at most `limit` connections of its own.
    #[must_use]
    pub fn new(dialer: Dialer, credentials: Credentials, limit: usize) -> Self {
        let server = dialer.server().clone();
        let host = server.authority().map_or("localhost", |authority| authority.as_str());
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Self {
            host: HeaderValue::try_from(host).unwrap_or(HeaderValue::from_static("localhost")),
            prefix: prefix(&server, host, dialer.forwarding().is_some()),
            proxy_authorization: dialer.forwarding().and_then(|it| it.authorization.clone()),
            connections: Arc::new(Connections::new(dialer, limit)),
            credentials,
            headers: None,
        }
    }

    /// With headers of its own in each request; they replace those of an API server's client.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers: Some(Arc::new(headers)), ..self }
    }

    /// Host and port of the server, for messages.
    #[must_use]
    pub fn server(&self) -> &str {
        self.host.to_str().unwrap_or_default()
    }

    /// The connections.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Sends a request over the next free connection and reads the whole answer, within `timeout`. Where the server refuses
    /// the credentials and there are others, it is sent once more with those; it was sent when it was sent first.
    ///
    /// # Errors
    /// [`Failure`], which says whether the server may have seen it.
    pub async fn send(&self, method: Method, path: &str, body: Bytes, timeout: Duration) -> Result<Reply, Failure> {
        let deadline = Instant::now() + timeout;
        let proof = self.credentials.held();
        let reply = self.send_once(&method, path, &body, deadline).await?;
        if reply.status != StatusCode::UNAUTHORIZED
            || timeout_at(deadline, self.credentials.renew(&proof)).await != Ok(true)
        {
            return Ok(reply);
        }
        let again = self.send_once(&method, path, &body, deadline).await?;
        Ok(Reply { connected_ns: reply.connected_ns, sent_ns: reply.sent_ns, ..again })
    }

    async fn send_once(&self, method: &Method, path: &str, body: &Bytes, deadline: Instant) -> Result<Reply, Failure> {
        let limit = if *method == Method::GET { MAX_PAGE } else { MAX_OBJECT };
        loop {
            let asked = Instant::now();
            let lease = timeout_at(deadline, self.connections.acquire()).await;
            let mut lease = lease.map_err(|_| Failure::NotSent(self.no_connection()))?.map_err(Failure::NotSent)?;
            let connected_ns = monotonic_ns();
            let request = self.request(method, path, body.clone())?;
            let first_write = Arc::clone(&lease.channel.first_write);
            first_write.store(0, Ordering::Relaxed);
            let exchange = async {
                match lease.channel.sender.try_send_request(request).await {
                    Ok(response) => Ok(Some(read(lease, response, limit, connected_ns).await?)),
                    // The connection was closed while idle: the request is still ours, and another connection may do.
                    Err(error) if error.message().is_some() => Ok(None),
                    Err(error) => Err(failure(&lease.channel.first_write, &error.into_error().to_string())),
                }
            };
            match timeout_at(deadline, exchange).await {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(reply))) => return Ok(reply),
                Ok(Err(failure)) => return Err(failure),
                Err(_) => {
                    self.connections.close_idle_since(asked);
                    return Err(failure(&first_write, "no answer in time"));
                }
            }
        }
    }

    /// The body of a success; `None` for a 404.
    ///
    /// # Errors
    /// [`ClusterError`] where the server refuses or does not answer.
    pub async fn read(&self, method: Method, path: &str, timeout: Duration) -> Result<Option<Bytes>, ClusterError> {
        let what = format!("{method} {path}");
        let reply = self.send(method, path, Bytes::new(), timeout).await;
        let reply = reply.map_err(|failure| failure.into_error(self.server()))?;
        match reply.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(reply.body)),
            _ => Err(reply.refusal(self.server(), what)),
        }
    }

    /// The object at a path; `None` where there is none.
    ///
    /// # Errors
    /// As [`Requester::read`], and for what is not JSON of that form.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, timeout: Duration) -> Result<Option<T>, ClusterError> {
        let Some(body) = self.read(Method::GET, path, timeout).await? else { return Ok(None) };
        serde_json::from_slice(&body).map(Some).map_err(|error| ClusterError::Unexpected {
            server: self.server().into(),
            what: format!("GET {path}"),
            message: error.to_string(),
        })
    }

    fn no_connection(&self) -> ClusterError {
        ClusterError::Unreachable {
            server: self.server().to_owned(),
            message: "no connection came free in time".into(),
        }
    }

    /// Opens a connection of its own for an answer that streams: a watch. With it comes when its bytes arrived.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn stream(&self, path: &str) -> Result<(Response<Incoming>, Arrivals), Failure> {
        let proof = self.credentials.held();
        let (response, arrivals) = self.stream_once(path).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED if self.credentials.renew(&proof).await => self.stream_once(path).await,
            _ => Ok((response, arrivals)),
        }
    }

    async fn stream_once(&self, path: &str) -> Result<(Response<Incoming>, Arrivals), Failure> {
        let mut channel = self.connections.dial().await.map_err(Failure::NotSent)?;
        let request = self.request(&Method::GET, path, Bytes::new())?;
        let response = channel.sender.send_request(request).await;
        let response = response.map_err(|error| Failure::Lost {
            sent_ns: channel.first_write.load(Ordering::Acquire),
            message: error.to_string(),
        })?;
        Ok((response, channel.arrivals))
    }

    /// What proves who we are at present.
    pub(super) fn held(&self) -> Held {
        self.credentials.held()
    }

    /// Makes what was refused anew, where that can be done.
    pub(super) async fn renew(&self, refused: &Held) {
        self.credentials.renew(refused).await;
    }

    pub(super) fn request(&self, method: &Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(HOST, self.host.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(PROGRAM));
        if !body.is_empty() {
            let merges = *method == Method::PATCH;
            let form = if merges { "application/merge-patch+json" } else { "application/json" };
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(form));
        }
        headers.extend(self.proxy_authorization.clone().map(|value| (PROXY_AUTHORIZATION, value)));
        self.credentials.apply(&mut headers);
        if let Some(own) = &self.headers {
            headers.extend((**own).clone());
        }
        let request = Request::builder().method(method).uri(format!("{}{path}", self.prefix)).body(Full::new(body));
        let mut request = request.map_err(|error| Failure::NotSent(self.unexpected(path, &error)))?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn unexpected(&self, path: &str, error: &http::Error) -> ClusterError {
        ClusterError::Unexpected { server: self.server().into(), what: path.into(), message: error.to_string() }
    }
}

fn prefix(server: &Uri, host: &str, forwarded: bool) -> Arc<str> {
    let path = server.path().trim_end_matches('/');
    if forwarded { format!("http://{host}{path}").into() } else { path.into() }
}

async fn read(
    lease: Lease<'_>,
    response: Response<Incoming>,
    limit: usize,
    connected_ns: i64,
) -> Result<Reply, Failure> {
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| seconds(value.to_str().ok()?));
    let sent_ns = lease.channel.first_write.load(Ordering::Acquire);
    match Limited::new(response.into_body(), limit).collect().await {
        Ok(body) => {
            let arrived_ns = lease.channel.arrivals.last();
            lease.keep();
            Ok(Reply { status, retry_after, body: body.to_bytes(), connected_ns, sent_ns, arrived_ns })
        }
        Err(error) => Err(Failure::Lost { sent_ns, message: error.to_string() }),
    }
}

/// Seconds of a Retry-After: a number, or a date (RFC 9110, 10.2.3).
fn seconds(value: &str) -> Option<u64> {
    value.parse().ok().or_else(|| {
        let until = rfc2822::parse(value).ok()?.timestamp();
        let left = until.duration_since(timestamp()).as_secs_f64().ceil();
        Some(left.max(0.0) as u64)
    })
}

/// A server's words on one line of a terminal: no control characters, and no more than anybody reads.
fn plain(words: &str) -> String {
    words.chars().take(LONGEST_MESSAGE).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn failure(first_write: &AtomicI64, message: &str) -> Failure {
    match first_write.load(Ordering::Acquire) {
        0 => Failure::NotSent(ClusterError::Unreachable { server: String::new(), message: message.into() }),
        sent_ns => Failure::Lost { sent_ns, message: message.into() },
    }
}

impl Reply {
    /// The message of the Status object in the body, else the status line.
    #[must_use]
    pub fn message(&self) -> String {
        let status: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        let message = status.as_ref().and_then(|status| status.get("message")?.as_str());
        plain(message.unwrap_or(self.status.canonical_reason().unwrap_or("no reason")))
    }

    /// This answer as an error of the request `what` to `server`.
    #[must_use]
    pub fn refusal(&self, server: &str, what: impl Into<String>) -> ClusterError {
        let next = match self.status {
            StatusCode::UNAUTHORIZED => "the credentials are refused or expired: renew them in the kubeconfig",
            StatusCode::FORBIDDEN => "give the account this right; the published Role holds all that a run needs",
            _ => "try again when the server is healthy",
        };
        let status = self.status.as_u16();
        ClusterError::Refused { server: server.into(), what: what.into(), status, message: self.message(), next }
    }

    /// How long the server asks to wait.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after.map(Duration::from_secs)
    }
}

impl Failure {
    /// As an error of the cluster at `server`.
    #[must_use]
    pub fn into_error(self, server: &str) -> ClusterError {
        match self {
            Self::NotSent(error) => error,
            Self::Lost { message, .. } => ClusterError::Unreachable { server: server.to_owned(), message },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn a_date_is_a_time_to_wait_as_well() {
        assert_eq!((seconds("7"), seconds("Fri, 31 Dec 1999 23:59:59 GMT"), seconds("soon")), (Some(7), Some(0), None));
        let later =
            (Timestamp::now() + SignedDuration::from_secs(100)).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert!(matches!(seconds(&later), Some(90..=100)), "{later}");
    }
}
