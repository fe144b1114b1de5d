use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::faults::FaultRecord;
use super::store::Object;
use crate::clock::monotonic_ns;

/// What truly happened to a claim. Instants are `CLOCK_MONOTONIC` nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruthRecord {
    /// Name of the claim.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// When its create request was read.
    pub create_received_ns: i64,
    /// When the event that made it Ready was given to the first watch.
    pub ready_sent_ns: Option<i64>,
    /// The same for each watch.
    pub ready_sent: Vec<i64>,
    /// When it was removed.
    pub deleted_ns: Option<i64>,
}

/// The record of all claims, and the file it goes to.
#[derive(Debug)]
pub struct Truth {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    records: Vec<TruthRecord>,
    /// Places of the claims that stand, by uid.
    standing: HashMap<Arc<str>, usize>,
    out: Option<io::LineWriter<std::fs::File>>,
}

impl Truth {
    /// Starts a record; `out` is created or emptied.
    pub fn new(out: Option<&Path>) -> io::Result<Self> {
        let out = out.map(std::fs::File::create).transpose()?.map(io::LineWriter::new);
        Ok(Self { inner: Mutex::new(Inner { out, ..Inner::default() }) })
    }

    pub fn created(&self, claim: &Object, received_ns: i64) {
        let mut inner = self.lock();
        let at = inner.records.len();
        inner.standing.insert(claim.metadata.uid.clone(), at);
        inner.records.push(TruthRecord {
            name: claim.metadata.name.clone(),
            namespace: claim.metadata.namespace.clone(),
            create_received_ns: received_ns,
            ready_sent_ns: None,
            ready_sent: Vec::new(),
            deleted_ns: None,
        });
    }

    /// The claim's Ready event is about to be written to one watch.
    pub fn ready_sent(&self, claim: &Object) {
        let now = monotonic_ns();
        let mut inner = self.lock();
        if let Some(&at) = inner.standing.get(&claim.metadata.uid) {
            let record = &mut inner.records[at];
            record.ready_sent_ns.get_or_insert(now);
            record.ready_sent.push(now);
        }
    }

    /// The claim was removed: its line is written.
    pub fn deleted(&self, claim: &Object) {
        let now = monotonic_ns();
        let mut inner = self.lock();
        if let Some(at) = inner.standing.remove(&claim.metadata.uid) {
            inner.records[at].deleted_ns = Some(now);
            let record = inner.records[at].clone();
            inner.write(&record);
        }
    }

    pub fn records(&self) -> Vec<TruthRecord> {
        self.lock().records.clone()
    }

    /// Writes the lines of the claims that still stand, and those of the faults.
    pub fn finish(&self, faults: &[FaultRecord]) {
        let mut inner = self.lock();
        let mut left: Vec<usize> = inner.standing.drain().map(|(_, at)| at).collect();
        left.sort_unstable();
        for at in left {
            let record = inner.records[at].clone();
            inner.write(&record);
        }
        for fault in faults {
            inner.write(fault);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// A line that cannot be written must not end the simulator: the records in memory remain.
    fn write(&mut self, line: &impl Serialize) {
        if let (Some(out), Ok(json)) = (&mut self.out, serde_json::to_string(line)) {
            let _ = writeln!(out, "{json}");
        }
    }
}
