//! One watch, kept open: what it misses is listed, and what is only listed is marked as an upper bound.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_sandbox_common::clock;
use agent_sandbox_common::mutation::{Mutation, mutated};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use memchr::memchr;
use tokio::time::{sleep, timeout};

use super::view::{Line, View};
use crate::cluster::{Arrivals, ClusterError, Requester};
use crate::load::counters::Counters;

/// A stream that brings nothing this long is checked by a list on the side.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it then has to bring what the list shows.
const TO_BRING: Duration = Duration::from_secs(1);
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(9);
/// The same for the first of two lists that check a silent stream. Its connection may be as dead as the stream; the second
/// then goes over a new one.
const BRIEF_TIMEOUT: Duration = Duration::from_secs(2);
const LONGEST_LINE: usize = 16 << 20;

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
        while let Some(Ok(frame)) = self.next_frame(body, lines).await {
            let at = clock::monotonic_ns();
            let Ok(data) = frame.into_data() else { continue };
            delivered = true;
            if !self.take(&data, at, lines) {
                break;
            }
        }
        delivered
    }

    /// What the stream brings next; `None` at its end, and where it has fallen silent. A quiet stream may just have
    /// nothing to say. It has fallen silent where a list knows of something newer that it does not bring in time.
    async fn next_frame(&self, body: &mut Incoming, lines: &mut Lines) -> Option<hyper::Result<Frame<Bytes>>> {
        loop {
            if let Ok(frame) = timeout(SILENCE, body.frame()).await {
                return frame;
            }
            let is_newer = tokio::select! {
                biased;
                frame = body.frame() => return frame,
                is_newer = self.knows_newer(lines.newest) => is_newer,
            };
            if is_newer {
                return timeout(TO_BRING, body.frame()).await.ok().flatten();
            }
            let _ = lines.arrivals.last(); // whatever it was, it was no event
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

    /// Whether a list shows something newer than `newest`. No, where nothing is in flight and silence means nothing, and
    /// where the server does not answer.
    async fn knows_newer(&self, newest: u64) -> bool {
        if self.counters.in_flight.load(Ordering::Relaxed) == 0 || mutated(Mutation::IgnoreSilence) {
            return false;
        }
        let mut listed = self.newest(BRIEF_TIMEOUT).await;
        if listed.is_err() {
            listed = self.newest(REQUEST_TIMEOUT).await;
        }
        listed.is_ok_and(|listed| listed > newest)
    }
}
