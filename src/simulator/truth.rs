use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::faults::FaultRecord;
use agent_sandbox_common::clock::monotonic_ns;

/// What truly happened to a claim, or to a Sandbox or Pod that nothing controls. Instants are `CLOCK_MONOTONIC` nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruthRecord {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// When its create request was read.
    pub create_received_ns: i64,
    /// When the event that made it Ready was given to the first watch.
    pub ready_sent_ns: Option<i64>,
    /// The same for each watch.
    pub ready_sent: Vec<i64>,
    /// The commands that were run in its sandbox, in order of their ends.
    pub execs: Vec<ExecTruth>,
    /// The requests to the runtime in its sandbox, in order of their answers.
    pub runtime: Vec<RuntimeTruth>,
    /// The suspensions of its sandbox, in order.
    pub suspends: Vec<ModeTruth>,
    /// Their ends.
    pub resumes: Vec<ModeTruth>,
    /// When it was removed.
    pub deleted_ns: Option<i64>,
}

/// What truly happened when a sandbox was suspended, or resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ModeTruth {
    /// When the mode that was asked for was written.
    pub written_ns: i64,
    /// When the event that shows it suspended, or Ready again, was given to the first watch.
    pub sent_ns: Option<i64>,
}

/// A change of a sandbox's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeChange {
    Suspend,
    Resume,
}

/// What truly happened to a request to the runtime in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuntimeTruth {
    /// When its head was read.
    pub received_ns: i64,
    /// When the head of its answer was given to the connection.
    pub answered_ns: i64,
    /// Its method.
    pub method: String,
    /// Its path, decoded.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// Bytes of the file that it wrote or read; null of other requests.
    pub file_bytes: Option<usize>,
}

/// What truly happened to a command that was run by exec, or by the runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExecTruth {
    /// When its request was read.
    pub received_ns: i64,
    /// When its output was given to the connection; null where it has none.
    pub output_ns: Option<i64>,
    /// When its status was.
    pub ended_ns: i64,
    /// How it exited.
    pub exit_code: i32,
}

/// The record of all claims, and the file it goes to.
#[derive(Debug)]
pub struct Truth {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Claims that stand, by uid.
    standing: HashMap<Arc<str>, TruthRecord>,
    /// Those that are gone, where they are kept.
    gone: Option<Vec<TruthRecord>>,
    out: Option<io::LineWriter<std::fs::File>>,
}

/// How an event shows a claim Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// It is the event that made it Ready.
    Becomes,
    /// It is a later one, which overtook that.
    Overtakes,
}

impl Truth {
    /// Starts a record. `out` is created or emptied; what is gone is kept in memory where it `keeps`.
    pub fn new(out: Option<&Path>, keeps: bool) -> io::Result<Self> {
        let out = out.map(std::fs::File::create).transpose()?.map(io::LineWriter::new);
        Ok(Self { inner: Mutex::new(Inner { out, gone: keeps.then(Vec::new), ..Inner::default() }) })
    }

    /// A claim was created.
    pub fn created(&self, uid: Arc<str>, namespace: Arc<str>, name: Arc<str>, received_ns: i64) {
        let record = TruthRecord {
            name,
            namespace,
            create_received_ns: received_ns,
            ready_sent_ns: None,
            ready_sent: Vec::new(),
            execs: Vec::new(),
            runtime: Vec::new(),
            suspends: Vec::new(),
            resumes: Vec::new(),
            deleted_ns: None,
        };
        self.lock().standing.insert(uid, record);
    }

    /// Events that show these claims Ready are about to be written to one watch.
    pub fn ready_sent(&self, claims: impl Iterator<Item = (Arc<str>, Showing)>) {
        let mut inner = self.lock();
        let now = monotonic_ns();
        for (uid, showing) in claims {
            let Some(record) = inner.standing.get_mut(&uid) else { continue };
            record.ready_sent_ns.get_or_insert(now);
            if showing == Showing::Becomes {
                record.ready_sent.push(now);
            }
        }
    }

    /// A command in the claim's sandbox ended.
    pub fn exec_ended(&self, uid: &str, exec: ExecTruth) {
        if let Some(record) = self.lock().standing.get_mut(uid) {
            record.execs.push(exec);
        }
    }

    /// The runtime in the claim's sandbox has answered.
    pub fn runtime_answered(&self, uid: &str, request: RuntimeTruth) {
        if let Some(record) = self.lock().standing.get_mut(uid) {
            record.runtime.push(request);
        }
    }

    /// Another mode was asked of the claim's sandbox.
    pub fn mode_written(&self, uid: &str, change: ModeChange, written_ns: i64) {
        if let Some(record) = self.lock().standing.get_mut(uid) {
            record.modes(change).push(ModeTruth { written_ns, sent_ns: None });
        }
    }

    /// Events that show that these sandboxes have the mode are about to be written to one watch.
    pub fn modes_sent(&self, sandboxes: impl Iterator<Item = (Arc<str>, ModeChange)>) {
        let mut inner = self.lock();
        let now = monotonic_ns();
        for (uid, change) in sandboxes {
            let Some(record) = inner.standing.get_mut(&uid) else { continue };
            if let Some(last) = record.modes(change).last_mut() {
                last.sent_ns.get_or_insert(now);
            }
        }
    }

    /// The claim was removed: its line is written.
    pub fn deleted(&self, uid: &str) {
        let now = monotonic_ns();
        let mut inner = self.lock();
        if let Some(mut record) = inner.standing.remove(uid) {
            record.deleted_ns = Some(now);
            inner.write(&record);
            inner.gone.iter_mut().for_each(|gone| gone.push(record.clone()));
        }
    }

    /// Of all claims that are known, in the order they were made.
    pub fn records(&self) -> Vec<TruthRecord> {
        let inner = self.lock();
        let all = inner.gone.iter().flatten().chain(inner.standing.values());
        let mut all: Vec<TruthRecord> = all.cloned().collect();
        all.sort_by(|one, other| one.order().cmp(&other.order()));
        all
    }

    /// Writes the lines of the claims that still stand, and those of the faults.
    pub fn finish(&self, faults: &[FaultRecord]) {
        let mut inner = self.lock();
        let mut left: Vec<TruthRecord> = inner.standing.drain().map(|(_, record)| record).collect();
        left.sort_by(|one, other| one.order().cmp(&other.order()));
        for record in &left {
            inner.write(record);
        }
        for fault in faults {
            inner.write(fault);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TruthRecord {
    fn order(&self) -> (i64, &str, &str) {
        (self.create_received_ns, &self.namespace, &self.name)
    }

    fn modes(&mut self, change: ModeChange) -> &mut Vec<ModeTruth> {
        match change {
            ModeChange::Suspend => &mut self.suspends,
            ModeChange::Resume => &mut self.resumes,
        }
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
