use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_sandbox_common::clock::monotonic_ns;
use http::{Request, StatusCode, header};

use super::log::{Asked, Log};
use super::name::{Names, program};
use super::{Counted, RequestCounts, Series, Verb};

/// Resources and programs that have a name of their own; there may be a series for each pair.
const MOST_RESOURCES: usize = 128;
const MOST_PROGRAMS: usize = 32;

/// The record of all requests. Its lock is held while one is named or counted, and at no other time.
#[derive(Debug)]
pub struct Requests {
    inner: Mutex<Inner>,
    logs: bool,
}

#[derive(Debug)]
struct Inner {
    counts: HashMap<Series, Counted>,
    resources: Names,
    programs: Names,
    log: Option<Log>,
}

impl Requests {
    /// Starts a record; lines are added to the file `log`, where there is one.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn new(log: Option<&Path>) -> io::Result<Self> {
        let log = log.map(Log::open).transpose()?;
        let logs = log.is_some();
        let (resources, programs) = (Names::new(MOST_RESOURCES), Names::new(MOST_PROGRAMS));
        Ok(Self { inner: Mutex::new(Inner { counts: HashMap::new(), resources, programs, log }), logs })
    }

    /// The series that a request is counted in.
    pub fn series<B>(&self, request: &Request<B>, verb: Verb, resource: &str) -> Series {
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let mut inner = self.lock();
        let resource = inner.resources.take(resource);
        Series { verb, resource, user_agent: inner.programs.take(program(user_agent.unwrap_or_default())) }
    }

    /// What the log will say of a request, where there is a log.
    pub fn asked<B>(&self, request: &Request<B>, received_ns: i64) -> Option<Asked> {
        self.logs.then(|| Asked::of(request, received_ns))
    }

    /// A request that came at `received_ns` was answered, or its connection closed instead, which has no status. `bytes` is the
    /// length of the body, where it is known.
    pub fn answered(
        &self,
        series: Series,
        received_ns: i64,
        asked: Option<&Asked>,
        status: Option<StatusCode>,
        bytes: Option<u64>,
    ) {
        let mut inner = self.lock();
        // Within the lock: a line is from before an instant of counts if and only if it is in the counts.
        let now_ns = monotonic_ns();
        let nanos = (now_ns - received_ns).max(0).cast_unsigned();
        *inner.counts.entry(series).or_default() += Counted::answer(status, bytes.unwrap_or(0), nanos);
        if let (Some(log), Some(asked)) = (&mut inner.log, asked) {
            log.write(asked, now_ns, status.map(|status| status.as_u16()), bytes);
        }
    }

    /// A watch sent events.
    pub fn watched(&self, series: &Series, watch_events: u64, bytes: u64) {
        let sent = Counted { bytes, watch_events, ..Counted::default() };
        *self.lock().counts.entry(series.clone()).or_default() += sent;
    }

    /// All counts so far.
    pub fn counts(&self) -> RequestCounts {
        let inner = self.lock();
        RequestCounts { at_ns: monotonic_ns(), counts: inner.counts.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
