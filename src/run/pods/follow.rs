use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Collected};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::cluster::{ClusterError, Failure, MAX_PAGES, Reply, Requester};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A server sends a bookmark about every minute: a stream that says nothing for longer is dead.
const SILENCE: Duration = Duration::from_secs(90);
/// From the end of a stream to the list that shows what it missed.
const PAUSE: Duration = Duration::from_millis(500);
const PAGE: usize = 500;
const LONGEST_LINE: usize = 16 << 20;

/// Objects of one kind, and how to find them.
pub(super) struct Follow<'a> {
    pub requester: &'a Requester,
    /// Of the collection.
    pub path: String,
    /// What narrows it, as a query; empty of all.
    pub query: &'static str,
    /// Whether the objects that are there already count.
    pub lists: bool,
}

/// What is shown of them. `at`: when it was read, `CLOCK_MONOTONIC` nanoseconds.
pub(super) enum Shown<T> {
    /// All that there are: at first, and where a stream may have missed something.
    Listed(Vec<T>),
    /// One was added or changed.
    Changed(T, i64),
    /// One was deleted.
    Gone(T, i64),
    /// None: the stream goes on.
    Bookmark,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: PageMetadata,
    #[serde(default = "Option::default")]
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PageMetadata {
    resource_version: String,
    #[serde(rename = "continue")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Line<T> {
    #[serde(rename = "type")]
    kind: String,
    object: T,
}

impl Follow<'_> {
    /// Lists and watches for ever. `begun` is called after the first list.
    ///
    /// # Errors
    /// What the server said where the first list, or the first watch, is refused.
    pub async fn run<T: DeserializeOwned>(
        &self,
        mut show: impl FnMut(Shown<T>),
        begun: impl FnOnce(),
    ) -> Result<(), ClusterError> {
        let mut version = self.list(&mut show).await?;
        begun();
        let mut is_first = true;
        loop {
            match self.stream(&version, &mut show).await {
                Err(error) if is_first => return Err(error),
                Err(_) | Ok(()) => is_first = false,
            }
            loop {
                sleep(PAUSE).await;
                if let Ok(listed) = self.list(&mut show).await {
                    version = listed;
                    break;
                }
            }
        }
    }

    /// Shows all that there are; the version to watch from.
    async fn list<T: DeserializeOwned>(&self, show: &mut impl FnMut(Shown<T>)) -> Result<String, ClusterError> {
        let (mut all, mut next) = (Vec::new(), String::new());
        let limit = if self.lists { PAGE } else { 1 };
        for _ in 0..MAX_PAGES {
            let path = format!("{}?limit={limit}&continue={next}{}", self.path, self.query);
            let body = self.requester.read(Method::GET, &path, REQUEST_TIMEOUT).await?;
            let body = body.ok_or_else(|| self.unexpected("404"))?;
            let page: Page<T> = serde_json::from_slice(&body).map_err(|error| self.unexpected(&error.to_string()))?;
            all.extend(page.items.into_iter().flatten());
            next = page.metadata.next.unwrap_or_default();
            if next.is_empty() || !self.lists {
                if self.lists {
                    show(Shown::Listed(all));
                }
                return Ok(page.metadata.resource_version);
            }
        }
        Err(self.unexpected(&format!("a list of more than {MAX_PAGES} pages")))
    }

    /// Watches to the end of one stream.
    async fn stream<T: DeserializeOwned>(
        &self,
        version: &str,
        show: &mut impl FnMut(Shown<T>),
    ) -> Result<(), ClusterError> {
        let query = format!("watch=1&allowWatchBookmarks=true&timeoutSeconds=1800&resourceVersion={version}");
        let path = format!("{}?{query}{}", self.path, self.query);
        let opened = timeout(REQUEST_TIMEOUT, self.requester.stream(&path)).await;
        let opened = opened.map_err(|_| ClusterError::unanswered("a watch"))?;
        let (response, _) = opened.map_err(|failure: Failure| failure.into_error(self.requester.server()))?;
        let status = response.status();
        let mut body = response.into_body();
        if status != StatusCode::OK {
            let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
            let reply = Reply { status, body, ..Reply::default() };
            return Err(reply.refusal(self.requester.server(), format!("GET {}?watch", self.path)));
        }
        read(&mut body, show).await;
        Ok(())
    }

    fn unexpected(&self, message: &str) -> ClusterError {
        ClusterError::Unexpected {
            server: self.requester.server().into(),
            what: format!("GET {}", self.path),
            message: message.into(),
        }
    }
}

/// Shows each line until the stream ends, or says that it cannot go on.
async fn read<T: DeserializeOwned>(body: &mut Incoming, show: &mut impl FnMut(Shown<T>)) {
    let mut rest: Vec<u8> = Vec::new();
    while let Ok(Some(Ok(frame))) = timeout(SILENCE, body.frame()).await {
        let at = monotonic_ns();
        let Ok(data) = frame.into_data() else { continue };
        rest.extend_from_slice(&data);
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in rest[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let Some(shown) = shown(line, at) else { return };
            show(shown);
        }
        rest.drain(..whole);
        if rest.len() > LONGEST_LINE {
            return;
        }
    }
}

/// What a line shows; `None` of an error, and of what is no line of a watch.
fn shown<T: DeserializeOwned>(line: &[u8], at: i64) -> Option<Shown<T>> {
    let Line { kind, object } = serde_json::from_slice::<Line<T>>(line).ok()?;
    match kind.as_str() {
        "ADDED" | "MODIFIED" => Some(Shown::Changed(object, at)),
        "DELETED" => Some(Shown::Gone(object, at)),
        "BOOKMARK" => Some(Shown::Bookmark),
        _ => None,
    }
}
