use std::collections::BTreeSet;
use std::sync::Arc;

use agent_sandbox_common::clock::monotonic_ns;
use futures::future::try_join_all;
use tokio::sync::{oneshot, watch};

use super::follow::Follow;
use super::table::Table;
use crate::cluster::{Access, ClusterError, Requester};

/// Events of kubelets that say that an image is there.
const PULLED: &str = "&fieldSelector=involvedObject.kind%3DPod%2Creason%3DPulled";

/// Watches Pods and Events of some namespaces until the run is over.
pub(super) struct Watcher {
    access: Access,
    namespaces: BTreeSet<String>,
    table: Arc<Table>,
    is_over: watch::Receiver<bool>,
}

/// What became of the watches.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// When, `CLOCK_MONOTONIC` nanoseconds.
    pub at_ns: i64,
    /// Why the Pods were not watched to the end.
    pub pods: Option<String>,
    /// Why the Events were not.
    pub events: Option<String>,
}

impl Watcher {
    pub fn new(
        access: Access,
        namespaces: BTreeSet<String>,
        table: Arc<Table>,
        is_over: watch::Receiver<bool>,
    ) -> Self {
        Self { access, namespaces, table, is_over }
    }

    /// Until the run is over. `begun` ends with the first lists, or with what refuses them.
    pub fn run(self, begun: oneshot::Sender<()>) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let (pods, events) = match runtime {
            Ok(runtime) => runtime.block_on(self.watch(begun)),
            Err(error) => (Some(format!("no runtime: {error}")), None),
        };
        Ended { at_ns: monotonic_ns(), pods, events }
    }

    async fn watch(&self, begun: oneshot::Sender<()>) -> (Option<String>, Option<String>) {
        let requester = match self.requester().await {
            Ok(requester) => requester,
            Err(error) => {
                self.table.give_up();
                return (Some(error.into_words()), None);
            }
        };
        let mut is_over = self.is_over.clone();
        let (mut pods, mut events) = (None, None);
        tokio::select! {
            () = async {
                pods = self.pods(&requester, begun).await.err().map(ClusterError::into_words);
                self.table.give_up();
                std::future::pending::<()>().await;
            } => {}
            () = async {
                events = self.events(&requester).await.err().map(ClusterError::into_words);
                std::future::pending::<()>().await;
            } => {}
            _ = is_over.wait_for(|over| *over) => {}
        }
        (pods, events)
    }

    async fn requester(&self) -> Result<Requester, ClusterError> {
        Ok(Requester::new(self.access.dialer().await?, self.access.credentials().await?, 2))
    }

    /// Ends where the server refuses.
    async fn pods(&self, requester: &Requester, begun: oneshot::Sender<()>) -> Result<(), ClusterError> {
        let left = std::cell::Cell::new(self.namespaces.len());
        let begun = std::cell::Cell::new(Some(begun));
        let of = |namespace: &String| {
            let follow = follow(requester, namespace, "pods", "", true);
            let (table, namespace) = (&self.table, namespace.clone());
            let (left, begun) = (&left, &begun);
            async move {
                let one_begins = || {
                    left.set(left.get() - 1);
                    if left.get() == 0 {
                        table.begin();
                        if let Some(begun) = begun.take() {
                            // Nobody may wait for it any longer.
                            let _ = begun.send(());
                        }
                    }
                };
                follow.run(|shown| table.show(&namespace, shown), one_begins).await
            }
        };
        try_join_all(self.namespaces.iter().map(of)).await.map(drop)
    }

    /// Likewise.
    async fn events(&self, requester: &Requester) -> Result<(), ClusterError> {
        let of = |namespace: &String| {
            let follow = follow(requester, namespace, "events", PULLED, false);
            async move { follow.run(|shown| self.table.show_event(shown), || ()).await }
        };
        try_join_all(self.namespaces.iter().map(of)).await.map(drop)
    }
}

fn follow<'a>(requester: &'a Requester, namespace: &str, kind: &str, query: &'static str, lists: bool) -> Follow<'a> {
    Follow { requester, path: format!("/api/v1/namespaces/{namespace}/{kind}"), query, lists }
}
