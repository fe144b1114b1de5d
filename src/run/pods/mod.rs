//! The Pods of sandboxes, watched beside a run: when each was created, scheduled, started and Ready, and gone. A thread, a
//! runtime and connections of their own watch them, so that nothing that is measured waits.

mod follow;
mod on_nodes;
mod seen;
mod shown;
mod table;
mod watcher;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

pub(super) use self::on_nodes::PodsOnNodes;
use self::table::Table;
use self::watcher::{Ended, Watcher};
use super::{Opened, RunError};
use crate::config::Config;
use crate::load::{Plan, Supervisor, Thread};
use crate::measure::{ClaimRecord, PodRecord, PodsSummary};

/// How long a run waits for the first list, at most.
const FIRST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the Pods of released claims are waited for, where the capacity is to be back.
const GONE_TIMEOUT: Duration = Duration::from_secs(60);

/// The Pods of a run, where they are watched.
pub(super) struct Pods {
    known: KnownPods,
    watching: Option<Watching>,
}

struct Watching {
    is_over: watch::Sender<bool>,
    begun: oneshot::Receiver<()>,
    thread: Thread<Ended>,
    supervisor: Supervisor,
    gone_timeout: Duration,
}

/// What the watch has shown so far, for whoever records claims.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownPods {
    table: Option<Arc<Table>>,
    /// `CLOCK_MONOTONIC` nanoseconds at the run's start, once it is set.
    base_ns: Arc<OnceLock<i64>>,
}

impl Pods {
    /// Begins to watch, where the configuration wants it.
    ///
    /// # Errors
    /// [`RunError`] where the system refuses a thread.
    pub fn start(supervisor: &Supervisor, config: &Config, opened: &Opened, plan: &Plan) -> Result<Self, RunError> {
        if !config.output.pods {
            return Ok(Self { known: KnownPods::default(), watching: None });
        }
        let table = Arc::new(Table::default());
        let namespaces: BTreeSet<String> = plan.pools.iter().map(|pool| pool.namespace.clone()).collect();
        let ((is_over, over), (is_begun, begun)) = (watch::channel(false), oneshot::channel());
        let watcher = Watcher::new(opened.access.clone(), namespaces, Arc::clone(&table), over);
        let thread = supervisor.thread("pods", move || watcher.run(is_begun))?;
        let gone_timeout = if config.workload.capacity_back { GONE_TIMEOUT } else { Duration::ZERO };
        let watching = Watching { is_over, begun, thread, supervisor: supervisor.clone(), gone_timeout };
        Ok(Self { known: KnownPods { table: Some(table), base_ns: Arc::default() }, watching: Some(watching) })
    }

    /// What is known of them, now and later.
    pub fn known(&self) -> KnownPods {
        self.known.clone()
    }

    /// Waits until the Pods that are there already are known, but not for long.
    pub async fn listed(&mut self) {
        if let Some(watching) = &mut self.watching {
            let _ = timeout(FIRST_TIMEOUT, &mut watching.begun).await;
        }
    }

    /// The load is over, and each of its claims recorded: all Pods, and what became of them.
    pub async fn end(self) -> Option<(Vec<PodRecord>, PodsSummary)> {
        let watching = self.watching?;
        let table = self.known.table?;
        tokio::select! {
            _ = timeout(watching.gone_timeout, table.none_pending()) => {}
            () = watching.supervisor.stop().stopped() => {}
        }
        watching.is_over.send_replace(true);
        let ended = watching.thread.join().await?;
        let base_ns = self.known.base_ns.get().copied().unwrap_or_default();
        let pods = table.records(base_ns);
        let summary = PodsSummary::of(&pods, ended.at_ns - base_ns);
        Some((pods, PodsSummary { reason: ended.pods, events_reason: ended.events, ..summary }))
    }
}

impl KnownPods {
    /// The run started at `base_ns`.
    pub fn start_at(&self, base_ns: i64) {
        self.base_ns.get_or_init(|| base_ns);
    }

    /// Which Pods are on which nodes; `None` where they are not watched.
    pub fn on_nodes(&self) -> Option<PodsOnNodes> {
        self.table.clone().map(PodsOnNodes::new)
    }

    /// Says of a claim that is over what its Pod went through, and where that was.
    pub fn explain(&self, claim: &mut ClaimRecord) {
        let (Some(table), Some(base_ns)) = (&self.table, self.base_ns.get()) else { return };
        let sandbox = claim.sandbox.as_deref().unwrap_or(&claim.name).to_owned();
        match table.take(&sandbox, claim) {
            Some(pod) => {
                claim.pod = Some(pod.instants.shifted(-base_ns));
                claim.node = claim.node.take().or(pod.node);
            }
            None if claim.sent_ns.is_some() && !claim.is_ready() => claim.pod = table.none(),
            None => {}
        }
    }
}
