use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Serialize;

use super::clock::{Clock, nanoseconds};
use super::random::{Purpose, Random};
use crate::settings::{Fault, FaultKind};
use agent_sandbox_common::clock::monotonic_ns;

/// What goes wrong, when, and how often it did.
#[derive(Debug)]
pub struct Faults {
    list: Vec<Fault>,
    hits: Vec<AtomicU64>,
    clock: Arc<Clock>,
    random: Mutex<Random>,
}

/// What faults do to one request.
#[derive(Debug, Default)]
pub struct Interference {
    pub too_many_requests: Option<Duration>,
    pub server_error: Option<u16>,
    pub token_expired: bool,
    pub delay: Option<Duration>,
    pub reset: Option<Reset>,
    /// The date to answer with, where the clock is wrong.
    pub date: Option<HeaderValue>,
}

/// What faults do to one event of a watch.
#[derive(Debug, Default)]
pub struct Mishap {
    /// By how much it is late.
    pub late: Duration,
    /// Whether later ones do not wait for it.
    pub overtaken: bool,
    /// Whether it comes twice.
    pub twice: bool,
}

/// When a connection is closed: before the request took effect, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    Before,
    After,
}

/// A fault as it was, for the truth log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultRecord {
    /// What went wrong.
    pub fault: FaultKind,
    /// When it began, `CLOCK_MONOTONIC` nanoseconds.
    pub from_ns: i64,
    /// When it ended or will end.
    pub until_ns: i64,
    /// Requests, events, watches, pods or pauses that were hit.
    pub hits: u64,
}

impl Faults {
    pub fn new(list: Vec<Fault>, clock: Arc<Clock>, seed: u64) -> Self {
        let hits = list.iter().map(|_| AtomicU64::new(0)).collect();
        Self { list, hits, clock, random: Mutex::new(Random::new(seed, Purpose::Faults)) }
    }

    /// What goes wrong with a request that arrives now.
    pub fn on_request(&self) -> Interference {
        let mut result = Interference::default();
        if self.list.is_empty() {
            return result;
        }
        for (at, fault) in self.active(monotonic_ns()) {
            let reset = [Reset::Before, Reset::After];
            match fault.kind {
                FaultKind::TooManyRequests if self.hit(at, fault) => {
                    result.too_many_requests = Some(length(fault.retry_after, 1000));
                }
                FaultKind::ServerError if self.hit(at, fault) => {
                    result.server_error = Some(fault.status.unwrap_or(503));
                }
                FaultKind::TokenExpired if self.hit(at, fault) => result.token_expired = true,
                FaultKind::Latency if self.hit(at, fault) => result.delay = Some(length(fault.add, 100)),
                FaultKind::ClockSkew if self.hit(at, fault) => result.date = self.date(),
                FaultKind::ConnectionReset if self.hit(at, fault) => {
                    result.reset = Some(reset[usize::from(self.chance(0.5))]);
                }
                _ => {}
            }
        }
        result
    }

    /// What goes wrong with an event a watch is about to send.
    pub fn on_event(&self, now_ns: i64) -> Mishap {
        let mut mishap = Mishap::default();
        for (at, fault) in self.active(now_ns) {
            match fault.kind {
                FaultKind::LateEvents if self.hit(at, fault) => mishap.late = mishap.late.max(length(fault.by, 100)),
                FaultKind::ReorderedEvents if self.hit(at, fault) => {
                    mishap.late = mishap.late.max(length(fault.by, 100));
                    mishap.overtaken = true;
                }
                FaultKind::DuplicateEvents if self.hit(at, fault) => mishap.twice = true,
                _ => {}
            }
        }
        mishap
    }

    /// The faults of these kinds by their place in the schedule, with the instants they begin and end.
    pub fn scheduled(&self, kinds: &[FaultKind]) -> impl Iterator<Item = Scheduled<'_>> {
        let all = self.list.iter().enumerate().filter(move |(_, fault)| kinds.contains(&fault.kind));
        all.map(|(index, fault)| {
            let from_ns = self.clock.instant(fault.at.into());
            Scheduled { index, fault, from_ns, until_ns: from_ns.saturating_add(nanoseconds(fault.length.into())) }
        })
    }

    /// Whether the fault at `index` happens to the one that asks; each yes counts.
    pub fn happens(&self, index: usize) -> bool {
        self.hit(index, &self.list[index])
    }

    /// Every fault of the schedule and how often it hit.
    pub fn records(&self) -> Vec<FaultRecord> {
        let record = |(at, fault): (usize, &Fault)| {
            let from_ns = self.clock.instant(fault.at.into());
            let until_ns = from_ns.saturating_add(nanoseconds(fault.length.into()));
            FaultRecord { fault: fault.kind, from_ns, until_ns, hits: self.hits[at].load(Ordering::Relaxed) }
        };
        self.list.iter().enumerate().map(record).collect()
    }

    /// The server's idea of the time, as HTTP writes it.
    fn date(&self) -> Option<HeaderValue> {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.wall()).ok()?;
        HeaderValue::from_str(&date).ok()
    }

    fn active(&self, now_ns: i64) -> impl Iterator<Item = (usize, &Fault)> {
        self.list.iter().enumerate().filter(move |(_, fault)| self.clock.is_on(fault, now_ns))
    }

    fn hit(&self, at: usize, fault: &Fault) -> bool {
        let hits = self.chance(fault.share);
        self.hits[at].fetch_add(u64::from(hits), Ordering::Relaxed);
        hits
    }

    fn chance(&self, share: f64) -> bool {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).hits(share)
    }
}

/// A fault and its instants, `CLOCK_MONOTONIC` nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Scheduled<'a> {
    pub index: usize,
    pub fault: &'a Fault,
    pub from_ns: i64,
    pub until_ns: i64,
}

fn length(given: Option<agent_sandbox_common::Duration>, default_ms: u64) -> Duration {
    given.map_or(Duration::from_millis(default_ms), Into::into)
}
