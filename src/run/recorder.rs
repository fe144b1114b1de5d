use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_sandbox_common::mutation::{Mutation, mutated};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::Progress;
use super::in_order::InOrder;
use super::pods::KnownPods;
use super::server_waits::ServerWaits;
use crate::config::Config;
use crate::load::apart::sleep;
use crate::load::{Counters, Plan, PlannedPhase, Supervisor, panic_if_asked};
use crate::measure::{ClaimRecord, Classes, Collector, End, Latency, Outcomes, Sending, Timeouts, Until};
use crate::report::{Example, ReportError, RunFolder};

/// After a first claim, what ends within this time is written together: a wake and a write for each claim would cost
/// more than all the rest of its record.
const GATHER: Duration = Duration::from_millis(100);

/// Where records go.
pub(super) trait Sink {
    /// Takes a claim that is over.
    fn take(&mut self, record: ClaimRecord) -> Result<(), ReportError>;
    /// Nothing waits.
    fn rest(&mut self) -> Result<(), ReportError>;
}

/// Gives each record to `sink` until the last sender is gone. What cannot be recorded must not be claimed: an error or a
/// panic stops the run. After a panic, which costs one record, those that come until the run has ended are taken too.
pub(super) async fn drain(
    supervisor: &Supervisor,
    mut records: Receiver<ClaimRecord>,
    sink: &mut (impl Sink + Send),
) -> Result<(), ReportError> {
    for _ in 0..2 {
        if let Some(ended) = supervisor.catch("recorder", take_all(&mut records, sink)).await {
            ended.inspect_err(|_| supervisor.stop().stop())?;
            break;
        }
    }
    Ok(())
}

async fn take_all(records: &mut Receiver<ClaimRecord>, sink: &mut (impl Sink + Send)) -> Result<(), ReportError> {
    loop {
        let record = match records.try_recv() {
            Ok(record) => Some(record),
            Err(TryRecvError::Empty) => {
                sink.rest()?;
                let first = records.recv().await;
                sleep(GATHER).await;
                first
            }
            Err(TryRecvError::Disconnected) => None,
        };
        let Some(record) = record else { return sink.rest() };
        panic_if_asked("recorder");
        sink.take(record)?;
    }
}

/// Counts and writes claims as they end; a thread of its own, so that no disk slows a claim.
pub(super) struct Recorder {
    folder: RunFolder,
    phases: Vec<Collector>,
    names: Vec<Option<String>>,
    in_order: InOrder<Over>,
    /// The gaps of each phase, if their law holds for this process alone.
    sending: Vec<Option<Sending>>,
    /// Rules the last phase.
    until: Option<Until>,
    timeouts: Timeouts,
    counters: Arc<Counters>,
    live: Arc<Mutex<Progress>>,
    server_waits: ServerWaits,
    pods: KnownPods,
    /// When the last claim was released, ns of the run.
    released_ns: Option<i64>,
    /// The first claim of each end but plain ready.
    firsts: BTreeMap<End, String>,
    /// Claims since the live figures were brought up to date.
    behind: u32,
}

/// What is asked in the order of claims of one that is over.
struct Over {
    phase: usize,
    /// `None` where the load ended before.
    intended_ns: Option<i64>,
    sent_ns: Option<i64>,
}

/// The claims of a run, counted.
pub(super) struct Recorded {
    pub folder: RunFolder,
    /// A collector for each phase.
    pub phases: Vec<Collector>,
    /// How each was sent, where that can be told.
    pub sending: Vec<Option<Sending>>,
    /// What is known of the figure that ends the run.
    pub until: Option<Until>,
    /// When the last claim was released, ns of the run.
    pub released_ns: Option<i64>,
    /// The first claim of each end but plain ready, by name.
    pub firsts: BTreeMap<End, String>,
}

impl Recorded {
    /// A claim of each reason, and what was said where its create failed.
    pub fn examples(&self, counters: &Counters) -> BTreeMap<String, Example> {
        let example = |(end, claim): (&End, &String)| {
            (end.to_string(), Example { claim: claim.clone(), message: counters.message(end) })
        };
        self.firsts.iter().map(example).collect()
    }
}

impl Recorder {
    pub fn new(
        folder: RunFolder,
        plan: &Plan,
        config: &Config,
        until: Option<Until>,
        counters: Arc<Counters>,
        live: Arc<Mutex<Progress>>,
        (server_waits, pods): (ServerWaits, KnownPods),
    ) -> Self {
        let phases = plan.phases.iter().map(|_| Collector::new(Timeouts::of(config))).collect();
        let names = (0..plan.phases.len()).map(|phase| plan.phase_name(phase)).collect();
        let load = &config.load;
        let is_alone = load.runners == 0 && load.share.is_none();
        let of = |phase: &PlannedPhase| Sending::of(&phase.phase.shape.arrivals).filter(|_| is_alone);
        let sending = plan.phases.iter().map(of).collect();
        Self {
            folder,
            phases,
            names,
            in_order: InOrder::new(),
            sending,
            until,
            timeouts: Timeouts::of(config),
            counters,
            live,
            server_waits,
            pods,
            released_ns: None,
            firsts: BTreeMap::new(),
            behind: 0,
        }
    }

    /// Runs until the last sender is gone.
    pub async fn run(
        mut self,
        supervisor: Supervisor,
        records: Receiver<ClaimRecord>,
    ) -> Result<Recorded, ReportError> {
        drain(&supervisor, records, &mut self).await?;
        Ok(Recorded {
            folder: self.folder,
            phases: self.phases,
            sending: self.sending,
            until: self.until,
            released_ns: self.released_ns,
            firsts: self.firsts,
        })
    }

    /// Looks at what only the order of the claims tells: how they were sent, and what is known of those before which all
    /// have ended.
    fn follow(&mut self, index: u64, over: Over) {
        if self.until.is_none() && self.sending.iter().all(Option::is_none) {
            return;
        }
        let last = self.phases.len() - 1;
        for claim in self.in_order.add(index, over) {
            if let (Some(sending), Some(sent_ns)) = (&mut self.sending[claim.phase], claim.sent_ns) {
                sending.record(sent_ns);
            }
            if let (Some(until), Some(intended_ns)) =
                (self.until.as_mut().filter(|_| claim.phase == last), claim.intended_ns)
            {
                until.ended(intended_ns);
            }
        }
        if self.until.as_mut().is_some_and(|until| until.is_enough(&self.phases[last])) {
            self.counters.knows_enough.store(true, Ordering::Relaxed);
        }
    }

    fn show(&mut self) {
        if std::mem::take(&mut self.behind) == 0 {
            return;
        }
        let (mut outcomes, mut classes, mut reasons) = (Outcomes::default(), Classes::default(), BTreeMap::new());
        for phase in &self.phases {
            outcomes.add(phase.outcomes());
            classes.add(phase.classes());
            for (reason, count) in phase.reasons() {
                *reasons.entry(reason).or_default() += count;
            }
        }
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        (live.outcomes, live.classes, live.reasons) = (outcomes, classes, reasons);
    }
}

impl Sink for Recorder {
    fn take(&mut self, mut record: ClaimRecord) -> Result<(), ReportError> {
        if mutated(Mutation::DropRecord) && record.index % 16 == 7 {
            return Ok(());
        }
        self.pods.explain(&mut record);
        self.server_waits.explain(&mut record);
        self.released_ns = self.released_ns.max(record.released_ns);
        if mutated(Mutation::RecordTwice) && record.index % 16 == 7 {
            self.folder.append(&record)?;
        }
        self.folder.append(&record)?;
        let phase = self.names.iter().position(|name| *name == record.phase).unwrap_or(0);
        self.phases[phase].record(&record);
        if let Some((waited_ns, true)) = Latency::TimeToReady.of(&record, &self.timeouts) {
            self.counters.time_to_ready.record_endless(waited_ns);
        }
        if (record.end.has_reason() || !record.is_ready()) && !self.firsts.contains_key(&record.end) {
            self.firsts.insert(record.end.clone(), record.name.clone());
        }
        let intended_ns = (!record.is_after_end()).then_some(record.intended_ns);
        self.follow(record.index, Over { phase, intended_ns, sent_ns: record.sent_ns });
        self.behind += 1;
        if self.behind >= 1000 {
            self.show();
        }
        Ok(())
    }

    /// Keeps what is written so far, even after a kill.
    fn rest(&mut self) -> Result<(), ReportError> {
        self.folder.flush()?;
        self.show();
        Ok(())
    }
}
