use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::{Effect, EventFault, ExecFault, FaultRecord, RequestFault};
use crate::clock::{Clock, Skew};
use crate::random::{Purpose, Random};
use crate::settings::Fault;
use agent_sandbox_common::clock::monotonic_ns;

/// What goes wrong, when, and how often it did.
#[derive(Debug)]
pub struct Faults {
    list: Vec<Fault>,
    hits: Vec<AtomicU64>,
    clock: Arc<Clock>,
    random: Mutex<Random>,
}

/// A fault and its instants, `CLOCK_MONOTONIC` nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Scheduled {
    /// Its place in the schedule.
    pub index: usize,
    pub effect: Effect,
    pub from_ns: i64,
    pub until_ns: i64,
}

impl Scheduled {
    pub fn is_on(&self, now_ns: i64) -> bool {
        (self.from_ns..self.until_ns).contains(&now_ns)
    }
}

/// What faults do to one request.
#[derive(Debug, Default)]
pub struct RequestFaults {
    pub request: RequestFault,
    /// When the connection is closed, if it is.
    pub reset: Option<ResetTime>,
    /// The date to answer with, where the clock is wrong.
    pub date: Option<HeaderValue>,
}

/// When a connection is closed: before the request took effect, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetTime {
    Before,
    After,
}

impl Faults {
    pub fn new(list: Vec<Fault>, clock: Arc<Clock>, seed: u64) -> Self {
        let hits = list.iter().map(|_| AtomicU64::new(0)).collect();
        Self { list, hits, clock, random: Mutex::new(Random::new(seed, Purpose::Faults)) }
    }

    /// What goes wrong with a request that arrives now.
    pub fn on_request(&self) -> RequestFaults {
        let mut result = RequestFaults::default();
        if self.list.is_empty() {
            return result;
        }
        let now_ns = monotonic_ns();
        for fault in self.scheduled().filter(|fault| fault.is_on(now_ns)) {
            match fault.effect {
                Effect::Request(request) if self.hits(fault.index) => {
                    result.request = result.request.and(request);
                    if request.reset {
                        result.reset = Some(if self.chance(0.5) { ResetTime::After } else { ResetTime::Before });
                    }
                }
                Effect::Clock(_) if self.hits(fault.index) => result.date = self.date(),
                Effect::Request(_)
                | Effect::Clock(_)
                | Effect::Event(_)
                | Effect::Exec(_)
                | Effect::Watch(_)
                | Effect::ServerAway
                | Effect::ControllerPause
                | Effect::Conflict
                | Effect::NodeLost
                | Effect::SlowNode(_)
                | Effect::ImagePullStuck => {}
            }
        }
        result
    }

    /// What goes wrong with an event a watch is about to send.
    pub fn on_event(&self, now_ns: i64) -> EventFault {
        let mut result = EventFault::default();
        for fault in self.scheduled().filter(|fault| fault.is_on(now_ns)) {
            if let Effect::Event(event) = fault.effect
                && self.hits(fault.index)
            {
                result = result.and(event);
            }
        }
        result
    }

    /// What goes wrong with a command that is run now.
    pub fn on_exec(&self) -> ExecFault {
        let (now_ns, mut result) = (monotonic_ns(), ExecFault::default());
        for fault in self.scheduled().filter(|fault| fault.is_on(now_ns)) {
            if let Effect::Exec(exec) = fault.effect
                && self.hits(fault.index)
            {
                result = result.and(exec);
            }
        }
        result
    }

    /// Whether an update that is made now is refused as a conflict.
    pub fn on_update(&self) -> bool {
        let now_ns = monotonic_ns();
        let mut on = self.scheduled().filter(|fault| fault.effect == Effect::Conflict && fault.is_on(now_ns));
        on.any(|fault| self.hits(fault.index))
    }

    /// Every fault of the schedule, with the instants it begins and ends.
    pub fn scheduled(&self) -> impl Iterator<Item = Scheduled> {
        self.list.iter().enumerate().map(|(index, fault)| {
            let on = self.clock.span(fault.at.into(), fault.length.into());
            Scheduled { index, effect: fault.kind.into(), from_ns: on.start, until_ns: on.end }
        })
    }

    /// Whether the fault at `index` of the schedule hits the one that asks; each yes counts.
    pub fn hits(&self, index: usize) -> bool {
        let hits = self.chance(self.list[index].share);
        self.hits[index].fetch_add(u64::from(hits), Ordering::Relaxed);
        hits
    }

    /// Every fault of the schedule and how often it hit.
    pub fn records(&self) -> Vec<FaultRecord> {
        let record = |it: Scheduled| FaultRecord {
            fault: self.list[it.index].kind,
            from_ns: it.from_ns,
            until_ns: it.until_ns,
            hits: self.hits[it.index].load(Ordering::Relaxed),
        };
        self.scheduled().map(record).collect()
    }

    /// The server's idea of the time, as HTTP writes it.
    fn date(&self) -> Option<HeaderValue> {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.wall()).ok()?;
        HeaderValue::from_str(&date).ok()
    }

    fn chance(&self, share: f64) -> bool {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).hits(share)
    }
}

/// Those of the faults that put the server's wall clock wrong.
pub fn skews(faults: &[Fault]) -> Vec<Skew> {
    let skew = |fault: &Fault| match fault.kind.into() {
        Effect::Clock(by) => Some(Skew { at: fault.at.into(), length: fault.length.into(), by }),
        Effect::Request(_)
        | Effect::Event(_)
        | Effect::Exec(_)
        | Effect::Watch(_)
        | Effect::ServerAway
        | Effect::ControllerPause
        | Effect::Conflict
        | Effect::NodeLost
        | Effect::SlowNode(_)
        | Effect::ImagePullStuck => None,
    };
    faults.iter().filter_map(skew).collect()
}
