use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::time::{sleep, timeout};

use super::protocol::Protocol;
use super::pushed::Pushed;
use super::view::View;
use crate::cluster::{Access, ClusterError, Failure, Requester};
use crate::config::Endpoint;
use crate::run::beat::Beat;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The same at the end of a run, which waits for it.
const LAST_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a push that is under way as the run ends has before the last one is sent.
const GRACE: Duration = Duration::from_secs(1);

/// Pushes to one receiver.
pub(super) struct Pusher {
    protocol: Protocol,
    endpoint: Endpoint,
    headers: HeaderMap,
    beat: Beat,
    view: Arc<View>,
    requester: Option<Requester>,
}

impl Pusher {
    pub fn new(protocol: Protocol, endpoint: &Endpoint, own: HeaderMap, beat: Beat, view: Arc<View>) -> Self {
        let mut headers = protocol.headers();
        headers.extend(own);
        Self { protocol, endpoint: endpoint.clone(), headers, beat, view, requester: None }
    }

    /// Pushes at the start, at each interval and at the end; returns the warning, where one is due.
    pub async fn run(mut self) -> Option<String> {
        let mut pushed = Pushed::default();
        let mut end = self.beat.clone();
        if self.beat.has_started().await {
            let mut is_due = true;
            while is_due {
                let push = tokio::select! {
                    push = self.push(TIMEOUT, false) => push,
                    () = async { end.over().await; sleep(GRACE).await } => Err("no answer before the run's end".into()),
                };
                pushed.count(push);
                is_due = self.beat.is_due().await;
            }
            pushed.count(self.push(LAST_TIMEOUT, true).await);
        }
        pushed.warning(self.protocol.field(), &self.endpoint.to_string())
    }

    /// Sends the figures of now.
    async fn push(&mut self, limit: Duration, is_last: bool) -> Result<(), String> {
        let Some(base_ns) = self.beat.base_ns() else { return Ok(()) };
        let body = self.protocol.body(&self.view.run(base_ns), &self.view.now(), is_last)?;
        let sending = timeout(limit, self.send(body)).await;
        sending.unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs())))
    }

    async fn send(&mut self, body: Vec<u8>) -> Result<(), String> {
        let path = self.endpoint.path_or(self.protocol.path()).to_owned();
        let requester = self.requester().await.map_err(ClusterError::into_words)?;
        let reply =
            requester.send(Method::POST, &path, body.into(), TIMEOUT).await.map_err(|failure| match failure {
                Failure::NotSent(error) => error.into_words(),
                Failure::Lost { message, .. } => message,
            })?;
        if reply.status.is_success() {
            return self.protocol.refusal(&reply.body).map_or(Ok(()), Err);
        }
        // Its words are not repeated: they may be of what it was sent.
        Err(reply.status.to_string())
    }

    /// The way to the receiver, opened when it is needed.
    async fn requester(&mut self) -> Result<&Requester, ClusterError> {
        if self.requester.is_none() {
            let server = self.endpoint.server();
            let uri = server.parse().map_err(|_| ClusterError::Environment(format!("{server} is not a URL")))?;
            let access = Access::anonymous(uri)?;
            let requester = Requester::new(access.dialer().await?, access.credentials().await?, 1);
            self.requester = Some(requester.with_headers(self.headers.clone()));
        }
        self.requester.as_ref().ok_or_else(|| ClusterError::Environment("no way to the receiver".into()))
    }
}
