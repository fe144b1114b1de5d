use std::collections::HashMap;
use std::ops::{AddAssign, Sub};

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Series;

/// What is counted of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Requests answered; of watches, those begun.
    pub count: u64,
    /// Those with a status of 400 or more, or a connection closed without an answer.
    pub errors: u64,
    /// Those with 409, among the errors.
    pub conflicts: u64,
    /// Bytes of the answers' bodies, and of the events of watches.
    pub bytes: u64,
    /// Events that watches sent, bookmarks among them.
    pub watch_events: u64,
    /// From the requests to their answers, all together, ns; of watches, until they had begun.
    #[serde(skip)]
    pub nanos: u64,
}

impl Counted {
    /// One answer, with so many bytes, after so long; no status where the connection was closed instead.
    pub(super) fn answer(status: Option<StatusCode>, bytes: u64, nanos: u64) -> Self {
        let is_error = status.is_none_or(|status| status.as_u16() >= 400);
        let is_conflict = status == Some(StatusCode::CONFLICT);
        Self { count: 1, errors: is_error.into(), conflicts: is_conflict.into(), bytes, watch_events: 0, nanos }
    }
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.conflicts += other.conflicts;
        self.bytes += other.bytes;
        self.watch_events += other.watch_events;
        self.nanos += other.nanos;
    }
}

impl Sub for Counted {
    type Output = Self;

    /// What was counted since `before`.
    fn sub(self, before: Self) -> Self {
        Self {
            count: self.count - before.count,
            errors: self.errors - before.errors,
            conflicts: self.conflicts - before.conflicts,
            bytes: self.bytes - before.bytes,
            watch_events: self.watch_events - before.watch_events,
            nanos: self.nanos - before.nanos,
        }
    }
}

/// A series and what was counted of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestCount {
    /// Which requests.
    #[serde(flatten)]
    pub series: Series,
    /// How many.
    #[serde(flatten)]
    pub counted: Counted,
}

/// All counts at an instant.
#[derive(Debug, Clone)]
pub struct RequestCounts {
    /// `CLOCK_MONOTONIC` nanoseconds.
    pub at_ns: i64,
    pub(super) counts: HashMap<Series, Counted>,
}

impl RequestCounts {
    /// What was counted between `before` and these: by program, the most first.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<RequestCount> {
        let change = |(series, counted): (&Series, &Counted)| {
            let counted = *counted - before.counts.get(series).copied().unwrap_or_default();
            (counted != Counted::default()).then(|| RequestCount { series: series.clone(), counted })
        };
        in_order(self.counts.iter().filter_map(change).collect())
    }

    /// What was counted since the start, likewise.
    #[must_use]
    pub fn all(&self) -> Vec<RequestCount> {
        let whole = |(series, counted): (&Series, &Counted)| RequestCount { series: series.clone(), counted: *counted };
        in_order(self.counts.iter().map(whole).collect())
    }
}

fn in_order(mut counts: Vec<RequestCount>) -> Vec<RequestCount> {
    counts.sort_by(|a, b| {
        let most_first = b.counted.count.cmp(&a.counted.count);
        a.series.user_agent.cmp(&b.series.user_agent).then(most_first).then_with(|| a.series.cmp(&b.series))
    });
    counts
}
