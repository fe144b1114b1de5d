use std::collections::VecDeque;
use std::sync::Arc;

use super::{Key, Object};

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Modified,
    Deleted,
}

/// One write, as watches send it.
#[derive(Debug, Clone)]
pub struct Event {
    pub change: Change,
    /// For a deletion the last state, at the resource version of the deletion.
    pub object: Arc<Object>,
    /// The state before, which decides whether a selecting watch sees an object come or go.
    pub previous: Option<Arc<Object>>,
    /// When it was written, `CLOCK_MONOTONIC` nanoseconds.
    pub written_ns: i64,
    /// Whether it turned the object's condition Ready to True. Known for claims alone.
    pub becomes_ready: bool,
}

impl Event {
    pub fn resource_version(&self) -> u64 {
        self.object.metadata.resource_version
    }

    /// The key of its object.
    pub fn key(&self) -> Key {
        Key::of(&self.object)
    }

    /// Whether the write changed `status`.
    pub fn changes_status(&self) -> bool {
        let before = self.previous.as_ref().and_then(|previous| previous.section("status"));
        match (before, self.object.section("status")) {
            (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
            (None, None) => false,
            _ => true,
        }
    }
}

/// The latest events of one kind; older ones are compacted away.
#[derive(Debug, Default)]
pub struct History {
    events: VecDeque<Event>,
    /// The last resource version that was forgotten.
    compacted: u64,
}

/// Events kept for each kind: 2 s of the claims of 2,000 claims/s, some 30 MB at most.
const CAPACITY: usize = 20_000;

impl History {
    pub fn push(&mut self, event: Event) {
        if self.events.len() == CAPACITY {
            self.compacted = self.events.pop_front().map_or(self.compacted, |event| event.resource_version());
        }
        self.events.push_back(event);
    }

    /// The events after `version`, `limit` at most.
    ///
    /// # Errors
    /// With the oldest version that can be resumed from, where `version` is older.
    pub fn since(&self, version: u64, limit: usize) -> Result<impl Iterator<Item = &Event>, u64> {
        if version < self.compacted {
            return Err(self.compacted);
        }
        let from = self.events.partition_point(|event| event.resource_version() <= version);
        Ok(self.events.range(from..).take(limit))
    }

    /// Forgets everything up to `version`.
    pub fn compact(&mut self, version: u64) {
        let kept = self.events.partition_point(|event| event.resource_version() <= version);
        self.events.drain(..kept);
        self.compacted = self.compacted.max(version);
    }
}
