use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::follow::Shown;
use super::seen::Seen;
use super::shown::{Event, Pod};
use crate::measure::{ClaimRecord, PodInstants, PodRecord};

/// All Pods that the watch has shown, for the threads that ask.
#[derive(Debug, Default)]
pub(super) struct Table {
    seen: Mutex<Seen>,
    /// A Pod is gone.
    gone: Notify,
}

impl Table {
    /// Notes what the watch of the Pods in `namespace` shows.
    pub fn show(&self, namespace: &str, shown: Shown<Pod>) {
        let may_be_gone = !matches!(shown, Shown::Changed(..));
        match shown {
            Shown::Listed(pods) => self.lock().list(namespace, &pods),
            Shown::Changed(pod, at) => self.lock().change(&pod, at),
            Shown::Gone(pod, at) => self.lock().remove(&pod, at),
            Shown::Bookmark => {}
        }
        if may_be_gone {
            self.gone.notify_waiters();
        }
    }

    /// Notes what the watch of the Events shows.
    pub fn show_event(&self, shown: Shown<Event>) {
        if let Shown::Changed(event, at) = shown
            && event.reason == "Pulled"
            && event.involved_object.kind == "Pod"
        {
            self.lock().pulled(&event.involved_object.uid, at);
        }
    }

    /// All namespaces were listed: from now on no Pod comes unseen.
    pub fn begin(&self) {
        self.lock().begin();
    }

    /// The watch ends before the run does.
    pub fn give_up(&self) {
        self.lock().give_up();
    }

    /// The Pod of the claim's sandbox, which is the claim's from now on.
    pub fn take(&self, sandbox: &str, claim: &ClaimRecord) -> Option<PodRecord> {
        self.lock().take(sandbox, claim)
    }

    /// Of a claim for which no Pod came; `None` where one may have come unseen.
    pub fn none(&self) -> Option<PodInstants> {
        self.lock().is_whole().then(PodInstants::default)
    }

    /// Waits until no Pod of a released claim is left.
    pub async fn none_pending(&self) {
        loop {
            let gone = self.gone.notified();
            tokio::pin!(gone);
            gone.as_mut().enable();
            if !self.lock().records().any(PodRecord::is_pending) {
                return;
            }
            gone.await;
        }
    }

    /// All of them on the time of the run that started at `base_ns`, in the order in which they came.
    pub fn records(&self, base_ns: i64) -> Vec<PodRecord> {
        let mut all: Vec<PodRecord> = self.lock().records().map(|pod| pod.clone().shifted(-base_ns)).collect();
        all.sort_by_cached_key(|pod| (pod.instants.created_ns, pod.namespace.clone(), pod.name.clone()));
        all
    }

    /// The nodes with Pods that are there, and the uids of those, those nodes first that have most.
    pub fn on_nodes(&self) -> Vec<(String, Vec<String>)> {
        self.lock().on_nodes()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
