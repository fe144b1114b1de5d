use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::context::{Call, Context};
use super::status::Failure;
use super::watch_faults::{WatchAction, WatchFaults};
use super::{protobuf, table};
use crate::faults::EventFault;
use crate::kinds::{Kind, KindId, SANDBOXES};
use crate::requests::Series;
use crate::store::{Change, Event, Filter, Object, State, is_in_truth, is_ready, mode_shown, truth_uid};
use crate::truth::{ModeChange, Showing};
use agent_sandbox_common::clock::monotonic_ns;

/// Events of one frame at most: what comes later waits for a flush, so that the truth stays close to the wire.
const BATCH: usize = 256;
/// The API server's own pace.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// Where the client sets no end.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// The form of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A line each.
    Json,
    Protobuf,
}

/// The watch that a request asks for, from its first event on.
pub fn begin(context: &Arc<Context>, call: &Call, format: Format) -> Result<Watch, Failure> {
    let filter = call.query.filter()?;
    let from = call.query.number("resourceVersion")?.unwrap_or(0);
    let timeout = call.query.seconds("timeoutSeconds")?.filter(|it| !it.is_zero()).unwrap_or(DEFAULT_TIMEOUT);
    let state = context.store.lock();
    if from > state.version() {
        let message = format!("Too large resource version: {from}, current: {}", state.version());
        return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message));
    }
    let initial_events = call.query.is_true("sendInitialEvents");
    let mut watch = Watch {
        context: context.clone(),
        kind: call.kind.clone(),
        id: call.id,
        version: call.version().into(),
        namespace: call.place.namespace.clone(),
        filter,
        cursor: from,
        latest: state.collection(call.id).latest.subscribe(),
        pending: VecDeque::new(),
        overtaken: Vec::new(),
        frame: BytesMut::new(),
        events: 0,
        series: call.received.series.clone(),
        ready: Vec::new(),
        modes: Vec::new(),
        bookmarks: call.query.is_true("allowWatchBookmarks").then(|| Instant::now() + BOOKMARK_EVERY),
        end: Instant::now() + timeout,
        faults: WatchFaults::new(),
        ended: false,
        format,
        as_table: table::wanted(&call.accept).then(|| call.clone()),
    };
    if initial_events || (from == 0 && call.query.get("sendInitialEvents") != Some("false")) {
        watch.begin(&state, initial_events);
    }
    drop(state);
    Ok(watch)
}

/// A watch: a place in the history of a kind, and the filter of what is sent.
pub struct Watch {
    context: Arc<Context>,
    kind: Arc<Kind>,
    id: KindId,
    version: String,
    namespace: Option<String>,
    filter: Filter,
    /// Resource version up to which everything was sent or is pending.
    cursor: u64,
    latest: tokio::sync::watch::Receiver<u64>,
    /// Events and the instants they may be sent at.
    pending: VecDeque<(Event, i64)>,
    /// The same of those that later ones overtake.
    overtaken: Vec<(Event, i64)>,
    /// What goes to the socket next, and the events in it.
    frame: BytesMut,
    events: u64,
    /// What they are counted as.
    series: Series,
    /// The claims that it shows Ready.
    ready: Vec<(Arc<str>, Showing)>,
    /// The sandboxes that it shows suspended, or resumed.
    modes: Vec<(Arc<str>, ModeChange)>,
    bookmarks: Option<Instant>,
    end: Instant,
    faults: WatchFaults,
    ended: bool,
    pub format: Format,
    /// The request, where events carry tables.
    as_table: Option<Call>,
}

impl Watch {
    /// Sends what is there already.
    fn begin(&mut self, state: &State, mark_end: bool) {
        let namespace = self.namespace.clone();
        let within = state.collection(self.id).within(namespace.as_deref());
        for object in within.filter(|object| self.filter.matches(object)).collect::<Vec<_>>() {
            self.object("ADDED", object);
        }
        self.cursor = state.version();
        if mark_end {
            self.bookmark(&json!({ "k8s.io/initial-events-end": "true" }));
        }
    }

    /// The next frame; `None` at the end.
    pub async fn next(mut self) -> Option<(Bytes, Self)> {
        if self.ended {
            return None;
        }
        // Whatever was handed over before goes to the socket first.
        tokio::task::yield_now().await;
        while self.frame.is_empty() {
            let now_ns = monotonic_ns();
            let (wake, for_writes) = match self.faults.next_action(&self.context.faults, now_ns) {
                WatchAction::End => return None,
                WatchAction::Gone => {
                    self.context.store.lock().compact();
                    self.gone("too old resource version: compacted by a fault");
                    break;
                }
                WatchAction::SilentUntil(until) => (Some(until), false),
                WatchAction::Send(next) => {
                    self.collect_events(now_ns);
                    self.send_due(now_ns);
                    let due = self.pending.front().into_iter().chain(&self.overtaken).map(|(_, due)| *due);
                    (next.into_iter().chain(due).min(), self.pending.len() < BATCH)
                }
            };
            if !self.frame.is_empty() {
                break;
            }
            if Instant::now() >= self.end {
                return None;
            }
            self.wait(wake, for_writes).await;
        }
        let frame = self.frame.split().freeze();
        self.context.requests.watched(&self.series, mem::take(&mut self.events), frame.len() as u64);
        if !self.ready.is_empty() {
            // As late as can be: this thread may lose its core at any instant before the write.
            self.context.truth.ready_sent(self.ready.drain(..));
        }
        if !self.modes.is_empty() {
            self.context.truth.modes_sent(self.modes.drain(..));
        }
        Some((frame, self))
    }

    /// Waits for a write `for_writes`, and for the next instant at which there is something to do.
    async fn wait(&mut self, wake_ns: Option<i64>, for_writes: bool) {
        let wake =
            wake_ns.map(|at| Instant::now() + Duration::from_nanos((at - monotonic_ns()).max(0).cast_unsigned()));
        let until = [wake, self.bookmarks, Some(self.end)].into_iter().flatten().min().unwrap_or(self.end);
        if for_writes {
            let _ = tokio::time::timeout_at(until, self.latest.changed()).await;
        } else {
            tokio::time::sleep_until(until).await;
        }
        if self.bookmarks.is_some_and(|due| Instant::now() >= due) {
            self.bookmarks = Some(Instant::now() + BOOKMARK_EVERY);
            if self.pending.is_empty() {
                self.bookmark(&Value::Null);
            }
        }
    }

    /// Moves what happened since the last time to `pending`.
    fn collect_events(&mut self, now_ns: i64) {
        if self.pending.len() >= BATCH {
            return;
        }
        self.latest.mark_unchanged();
        let context = self.context.clone();
        let (events, version) = {
            let state = context.store.lock();
            let history = &state.collection(self.id).history;
            let events = history.since(self.cursor, BATCH).map(|events| events.cloned().collect::<Vec<Event>>());
            (events, state.version())
        };
        let events = match events {
            Ok(events) => events,
            Err(compacted) => return self.gone(&format!("too old resource version: {} ({compacted})", self.cursor)),
        };
        self.cursor = version;
        if let Some(last) = events.get(BATCH - 1) {
            // There may be more: come back at once.
            self.latest.mark_changed();
            self.cursor = last.resource_version();
        }
        for event in events {
            if !self.within(&event) {
                continue;
            }
            let EventFault { late, overtaken, twice } = self.context.faults.on_event(now_ns);
            let late = i64::try_from(late.as_nanos()).unwrap_or(0);
            let due = if late == 0 { 0 } else { event.written_ns.saturating_add(late) };
            let times = if twice { 2 } else { 1 };
            let events = std::iter::repeat_n((event, due), times);
            if overtaken { self.overtaken.extend(events) } else { self.pending.extend(events) }
        }
    }

    fn within(&self, event: &Event) -> bool {
        self.namespace.as_deref().is_none_or(|namespace| *event.object.metadata.namespace == *namespace)
    }

    /// Encodes what is due.
    fn send_due(&mut self, now_ns: i64) {
        if !self.overtaken.is_empty() {
            let due: Vec<_> = self.overtaken.extract_if(.., |(_, due)| *due <= now_ns).collect();
            for (event, _) in &due {
                self.event(event);
            }
        }
        for _ in 0..BATCH {
            match self.pending.front() {
                Some((_, due)) if *due <= now_ns => {}
                _ => return,
            }
            if let Some((event, _)) = self.pending.pop_front() {
                self.event(&event);
            }
        }
    }

    fn event(&mut self, event: &Event) {
        let now = self.filter.matches(&event.object);
        let before = event.previous.as_ref().is_some_and(|previous| self.filter.matches(previous));
        let name = match (event.change, before, now) {
            (Change::Added, _, true) | (Change::Modified, false, true) => "ADDED",
            (Change::Modified, true, true) => "MODIFIED",
            (Change::Deleted, _, true) => "DELETED",
            (Change::Modified, true, false) => return self.deselected(event),
            _ => return,
        };
        self.object(name, &event.object);
        if self.id == SANDBOXES
            && let Some(change) = mode_shown(event)
        {
            self.modes.push((truth_uid(&event.object), change));
        }
        if !is_in_truth(self.id, &event.object.metadata) {
            return;
        }
        let showing = if event.becomes_ready {
            Showing::Becomes
        } else if !self.overtaken.is_empty() && is_ready(&event.object) {
            Showing::Overtakes
        } else {
            return;
        };
        self.ready.push((event.object.metadata.uid.clone(), showing));
    }

    /// An object the watch no longer selects: its last selected state, at the resource version of the change.
    fn deselected(&mut self, event: &Event) {
        let Some(previous) = &event.previous else { return };
        let mut last = Object::clone(previous);
        last.metadata.resource_version = event.resource_version();
        self.object("DELETED", &Arc::new(last));
    }

    fn object(&mut self, name: &str, object: &Arc<Object>) {
        if let Some(call) = &self.as_table {
            let metadata = json!({ "resourceVersion": object.metadata.resource_version.to_string() });
            let table = table::table(call, std::slice::from_ref(object), &metadata);
            return self.send(name, table.to_string().as_bytes());
        }
        self.send(name, &object.encode(&self.kind, &self.version));
    }

    /// Puts an event into the frame.
    fn send(&mut self, name: &str, object: &[u8]) {
        if self.format == Format::Json {
            self.events += 1;
            return line(&mut self.frame, name, object);
        }
        let value: Value = serde_json::from_slice(object).unwrap_or_default();
        match protobuf::encode(&value) {
            Some(message) => {
                self.events += 1;
                self.frame.put_slice(&protobuf::watch_event(name, &message));
            }
            // An object whose fields are not its kind's: nothing after it may be sent as if it had not been.
            None => self.gone("an object of the watch has no protobuf form"),
        }
    }

    fn bookmark(&mut self, annotations: &Value) {
        let mut metadata = json!({ "resourceVersion": self.cursor.to_string(), "creationTimestamp": null });
        if !annotations.is_null() {
            metadata["annotations"] = annotations.clone();
        }
        let object = json!({ "kind": *self.kind.kind, "apiVersion": self.kind.api_version(&self.version),
            "metadata": metadata });
        self.send("BOOKMARK", object.to_string().as_bytes());
    }

    fn gone(&mut self, message: &str) {
        self.ended = true;
        self.send("ERROR", Failure::gone(message).to_value().to_string().as_bytes());
    }
}

/// One event, as a line of JSON.
fn line(frame: &mut BytesMut, name: &str, object: &[u8]) {
    frame.reserve(object.len() + 40);
    frame.put_slice(b"{\"type\":\"");
    frame.put_slice(name.as_bytes());
    frame.put_slice(b"\",\"object\":");
    frame.put_slice(object);
    frame.put_slice(b"}\n");
}
