use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use agent_sandbox_common::api::TransientReason;
use agent_sandbox_common::mutation::{Mutation, mutated};

use super::claim::{Observation, ReadyCondition};
use super::live_histogram::LiveHistogram;
use crate::measure::{End, Outcome};

/// Reasons kept, at most.
const UNKNOWN_REASONS: usize = 16;

/// What pacer, tracker and live view count together.
#[derive(Debug, Default)]
pub struct Counters {
    /// Claims that came due so far.
    pub planned: AtomicU64,
    /// Claims handed over so far.
    pub sent: AtomicU64,
    /// Sent and not yet ended.
    pub in_flight: AtomicU64,
    /// Most of them.
    pub peak_in_flight: AtomicU64,
    /// Created and not yet released.
    pub alive: AtomicU64,
    /// Most of them.
    pub peak_alive: AtomicU64,
    /// Claims that became ready so far.
    pub ready: AtomicU64,
    /// Ready and not yet released.
    pub held: AtomicU64,
    /// When the last claim became ready, ns from the run's start.
    pub last_ready_ns: AtomicI64,
    /// Claims that were sent and did not become ready.
    pub failures: AtomicU64,
    /// Claims that were never sent.
    pub not_sent: AtomicU64,
    /// From intended to ready.
    pub time_to_ready: LiveHistogram,
    /// From intended to handed over.
    pub schedule_lag: LiveHistogram,
    /// True once the run knows what `load.until` asks for: no further claim is planned.
    pub knows_enough: AtomicBool,
    /// Times a watch ended, or fell silent, and a list told what it missed.
    pub watch_relists: AtomicU64,
    /// Times the tracker waited for the recorder, whose queue was full.
    pub recorder_waits: AtomicU64,
    /// Ready sandboxes of the run's pools, as last read.
    pub pool_ready: AtomicU64,
    /// Sandboxes they should hold.
    pub pool_wanted: AtomicU64,
    /// Reasons of Ready=False that are not known here.
    unknown_reasons: Mutex<BTreeSet<Box<str>>>,
    /// What was said as a create failed, the first of each end of its claim.
    messages: Mutex<BTreeMap<End, String>>,
}

impl Counters {
    /// Takes a place in flight; `None` where `limit` are taken.
    pub(crate) fn enter(&self, limit: u64) -> Option<()> {
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        if before >= limit && !mutated(Mutation::NoLimit) {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.peak_in_flight.fetch_max(before + 1, Ordering::Relaxed);
        self.sent.fetch_add(1, Ordering::Relaxed);
        Some(())
    }

    /// Keeps a reason of Ready=False that is not known here. The controllers of releases to come have some.
    pub(crate) fn note_reason(&self, seen: &Observation) {
        if let Some(ReadyCondition::Transient(reason)) = &seen.ready
            && !reason.is_empty()
            && TransientReason::of_name(reason).is_none()
        {
            let mut known = self.unknown_reasons.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() < UNKNOWN_REASONS {
                known.insert(reason.clone());
            }
        }
    }

    /// Keeps what was said as a create failed, where nothing is kept of such an end.
    pub(crate) fn note_message(&self, end: End, message: impl FnOnce() -> String) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).entry(end).or_insert_with(message);
    }

    /// What was said as a create failed whose claim ended so.
    #[must_use]
    pub fn message(&self, end: &End) -> Option<String> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).get(end).cloned()
    }

    /// The reasons kept.
    #[must_use]
    pub(crate) fn unknown_reasons(&self) -> Vec<String> {
        let known = self.unknown_reasons.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// A claim, intended at one instant of the run and ready at another, has its outcome.
    pub fn ended(&self, outcome: Outcome, intended: i64, ready: Option<i64>) {
        let count = match outcome {
            Outcome::Ready => &self.ready,
            Outcome::NotSent => &self.not_sent,
            Outcome::Failed | Outcome::TimedOut | Outcome::Rejected => &self.failures,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(ready) = ready.filter(|_| outcome == Outcome::Ready) {
            self.time_to_ready.record(ready - intended);
            self.last_ready_ns.fetch_max(ready, Ordering::Relaxed);
        }
    }

    /// One claim began or ceased to be held.
    pub(crate) fn hold(&self, began: bool) {
        if began {
            self.held.fetch_add(1, Ordering::Relaxed)
        } else {
            self.held.fetch_sub(1, Ordering::Relaxed)
        };
    }

    /// One claim began or ceased to be alive.
    pub(crate) fn live(&self, began: bool) {
        if began {
            let alive = self.alive.fetch_add(1, Ordering::Relaxed) + 1;
            self.peak_alive.fetch_max(alive, Ordering::Relaxed);
        } else {
            self.alive.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
