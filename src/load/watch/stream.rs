//! One watch, kept open: what it misses is listed, and what is only listed is marked as an upper bound.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_sandbox_common::clock;
use agent_sandbox_common::mutation::{Mutation, mutated};
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use memchr::memchr;
use tokio::time::{sleep, timeout};

use super::view::{Line, Page, View};
use crate::cluster::{Arrivals, ClusterError, Requester};
use crate::load::counters::Counters;

/// A stream that says nothing this long is checked by a list on the side.
const SILENCE: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(9);
const LONGEST_LINE: usize = 16 << 20;
/// Objects asked for at once.
const PAGE: usize = 500;
/// Objects of a list, at most: one that never ends is none.
const LONGEST_LIST: usize = 2_000_000;

/// What a watch reports. `at` is in ns of `CLOCK_MONOTONIC`: when the bytes were read, or when the list was answered.
/// `late`, where known, is by how many ns at most the change reached this machine before `at`.
pub(crate) enum Change<'a> {
    /// An object was added or changed; or a re-list shows it.
    Seen { view: &'a View<'a>, at: i64, late: Option<i64>, upper_bound: bool },
    /// An object was deleted.
    Gone { view: &'a View<'a>, at: i64, late: Option<i64> },
    /// A re-list, asked for at `asked`, showed these names and no others.
    Listed { names: &'a HashSet<String>, asked: i64, at: i64 },
}

/// A watch of one collection.
pub(crate) struct Watch<F> {
    pub requester: Requester,
    /// Path of the collection.
    pub path: String,
    /// Label selector, percent-encoded.
    pub selector: String,
    /// Whether the end of each object counts, of those too that were first known while a list was under way.
    pub all_ends: bool,
    pub on_change: F,
    /// Silence means something only while claims are in flight; re-lists are counted.
    pub counters: Arc<Counters>,
    /// Until when all changes are known, `CLOCK_MONOTONIC` ns: a list may show a change after it.
    pub current_ns: Option<i64>,
}

/// How far one stream has been read.
struct Lines {
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    /// The newest resourceVersion seen.
    newest: u64,
    arrivals: Arrivals,
}

impl<F: FnMut(Change<'_>) + Send + Sync> Watch<F> {
    /// Lists once, so that the caller knows that it may; returns the resourceVersion to watch from.
    pub async fn begin(&mut self) -> Result<String, ClusterError> {
        Ok(self.list(false).await?.1)
    }

    /// Watches from `version` until dropped.
    pub async fn follow(mut self, mut version: String) {
        let mut pause = Duration::from_millis(20);
        loop {
            if self.stream(&version).await {
                pause = Duration::from_millis(20);
            }
            // Whatever ended the stream, a list tells what was missed, and when it was known at the latest.
            loop {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
                if let Ok(listed) = self.catch_up().await {
                    self.counters.watch_relists.fetch_add(1, Ordering::Relaxed);
                    version = listed;
                    break;
                }
            }
        }
    }

    /// Lists what a gap hides; returns the version to watch from. An object may become known while the list is under
    /// way, and be gone when the server makes the list. It is then in neither that list nor the watch that follows.
    /// Only a second list, asked for later, shows that it is gone.
    async fn catch_up(&mut self) -> Result<String, ClusterError> {
        let (_, version) = self.list(true).await?;
        if self.all_ends {
            self.list(true).await?;
        }
        Ok(version)
    }

    /// Reads one stream to its end; true where it delivered anything.
    async fn stream(&mut self, version: &str) -> bool {
        let query = format!("watch=1&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds=1800");
        let path = format!("{}?{query}&labelSelector={}", self.path, self.selector);
        let (response, arrivals) = match timeout(REQUEST_TIMEOUT, self.requester.stream(&path)).await {
            Ok(Ok((response, arrivals))) if response.status() == StatusCode::OK => (response, arrivals),
            _ => return false,
        };
        let mut body = response.into_body();
        let _ = arrivals.last(); // the head, and what TLS said before it
        let mut lines = Lines { rest: Vec::new(), newest: version.parse().unwrap_or(0), arrivals };
        let delivered = self.read(&mut body, &mut lines).await;
        self.current_ns = lines.arrivals.drained_ns();
        delivered
    }

    async fn read(&mut self, body: &mut Incoming, lines: &mut Lines) -> bool {
        let mut delivered = false;
        loop {
            let frame = match timeout(SILENCE, body.frame()).await {
                Err(_) if self.has_fallen_silent(body, lines).await => return delivered,
                Err(_) => {
                    let _ = lines.arrivals.last(); // whatever it was, it was no event
                    continue;
                }
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_)) | None) => return delivered,
            };
            let at = clock::monotonic_ns();
            let Ok(data) = frame.into_data() else { continue };
            delivered = true;
            if !self.take(&data, at, lines) {
                return delivered;
            }
        }
    }

    /// Cuts lines out of a chunk and reports each; false where the stream cannot be followed any further. A server
    /// writes a chunk at once, so its lines arrived together.
    fn take(&mut self, data: &Bytes, at: i64, lines: &mut Lines) -> bool {
        let late = lines.arrivals.earliest(data.len()).map(|arrived| (at - arrived).max(0));
        let mut left: &[u8] = data;
        while let Some(end) = memchr(b'\n', left) {
            let told = if lines.rest.is_empty() {
                self.tell(&left[..end], at, late, lines)
            } else {
                lines.rest.extend_from_slice(&left[..end]);
                let line = std::mem::take(&mut lines.rest);
                self.tell(&line, at, late, lines)
            };
            if !told {
                return false;
            }
            left = &left[end + 1..];
        }
        lines.rest.extend_from_slice(left);
        lines.rest.len() <= LONGEST_LINE
    }

    /// Reports one line; false for ERROR events and for what is no event at all.
    fn tell(&mut self, line: &[u8], at: i64, late: Option<i64>, lines: &mut Lines) -> bool {
        let Some(line) = Line::read(line) else { return false };
        let version = line.object.metadata.resource_version.parse().unwrap_or(0);
        lines.newest = version.max(lines.newest);
        let view = &line.object;
        match &*line.kind {
            "ADDED" | "MODIFIED" => (self.on_change)(Change::Seen { view, at, late, upper_bound: false }),
            "DELETED" => (self.on_change)(Change::Gone { view, at, late }),
            "BOOKMARK" => {}
            _ => return false,
        }
        true
    }

    /// A quiet stream may just have nothing to say. It is dead where a list on the side knows of something newer that
    /// the stream does not bring within a second.
    async fn has_fallen_silent(&mut self, body: &mut Incoming, lines: &mut Lines) -> bool {
        if self.counters.in_flight.load(Ordering::Relaxed) == 0 || mutated(Mutation::IgnoreSilence) {
            return false;
        }
        let Ok((listed, _)) = self.peek().await else { return false };
        if listed <= lines.newest {
            return false;
        }
        match timeout(Duration::from_secs(1), body.frame()).await {
            Ok(Some(Ok(frame))) => {
                let at = clock::monotonic_ns();
                frame.into_data().is_ok_and(|data| !self.take(&data, at, lines))
            }
            _ => true,
        }
    }

    /// The newest resourceVersion among the objects, without telling of them.
    async fn peek(&self) -> Result<(u64, String), ClusterError> {
        let (mut newest, mut count) = (0, 0);
        let mut next = String::new();
        loop {
            let body = self.page(&next).await?;
            let page = self.parse(&body)?;
            count = self.count(count, &page)?;
            newest =
                page.items.iter().filter_map(|item| item.metadata.resource_version.parse().ok()).fold(newest, u64::max);
            if page.metadata.next.is_empty() {
                return Ok((newest, page.metadata.resource_version.into_owned()));
            }
            next = page.metadata.next.into_owned();
        }
    }

    /// Lists the collection; `tell` of its objects as upper bounds. Returns how many there are and the version.
    async fn list(&mut self, tell: bool) -> Result<(usize, String), ClusterError> {
        let asked = clock::monotonic_ns();
        let mut names = HashSet::new();
        let mut next = String::new();
        let mut count = 0;
        loop {
            let body = self.page(&next).await?;
            let at = clock::monotonic_ns();
            let page = self.parse(&body)?;
            count = self.count(count, &page)?;
            let late = self.current_ns.map(|since| (at - since).max(0));
            for view in &page.items {
                names.insert(view.metadata.name.clone().into_owned());
                if tell {
                    (self.on_change)(Change::Seen { view, at, late, upper_bound: true });
                }
            }
            if page.metadata.next.is_empty() {
                if tell {
                    (self.on_change)(Change::Listed { names: &names, asked, at });
                }
                return Ok((names.len(), page.metadata.resource_version.into_owned()));
            }
            next = page.metadata.next.into_owned();
        }
    }

    async fn page(&self, next: &str) -> Result<Bytes, ClusterError> {
        let path = format!("{}?limit={PAGE}&labelSelector={}&continue={next}", self.path, self.selector);
        let body = self.requester.read(Method::GET, &path, REQUEST_TIMEOUT).await?;
        body.ok_or_else(|| self.unexpected("404: nothing of that kind is served".into()))
    }

    fn parse<'a>(&self, body: &'a Bytes) -> Result<Page<'a>, ClusterError> {
        serde_json::from_slice(body).map_err(|error| self.unexpected(error.to_string()))
    }

    /// Objects so far, with those of `page`, which counts as a full one.
    fn count(&self, count: usize, page: &Page<'_>) -> Result<usize, ClusterError> {
        let count = count + page.items.len().max(PAGE);
        let endless = || self.unexpected(format!("a list of more than {LONGEST_LIST} objects"));
        (count <= LONGEST_LIST).then_some(count).ok_or_else(endless)
    }

    fn unexpected(&self, message: String) -> ClusterError {
        ClusterError::Unexpected {
            server: self.requester.server().into(),
            what: format!("list of {}", self.path),
            message,
        }
    }
}
