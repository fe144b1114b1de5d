use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_sandbox_common::api::EXTENSIONS_GROUP;
use serde::Deserialize;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::config::WarmPool;
use crate::load::context::Context;
use crate::load::stop::Stop;
use crate::measure::PoolSample;

/// From one reading to the next: a reading costs the server one GET, and needs no right that a run has not.
const READ_INTERVAL: Duration = Duration::from_millis(250);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The readings of all pools so far, in order; one that says nothing new is left out, but for the first and the last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readings(Arc<Mutex<Vec<PoolSample>>>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Counts {
    replicas: u64,
    ready_replicas: u64,
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    spec: Counts,
    #[serde(default)]
    status: Counts,
}

impl Readings {
    /// Reads the pools before the start: what they hold before the first claim. Claims that are due at once would overtake
    /// a reading after it.
    pub async fn begin(&self, context: &Context, version: &str) {
        self.read_all(context, version, || 0).await;
    }

    /// Reads the pools until dropped.
    pub async fn follow(self, context: Arc<Context>, version: String) {
        let mut ticks = interval(READ_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            self.read_all(&context, &version, || context.clock.now()).await;
        }
    }

    /// Waits until every pool was read full, at most `limit`.
    pub async fn full(&self, context: &Context, limit: Duration, stop: &Stop) {
        let full = async {
            while !self.are_full(context.plan.pools.len()) {
                sleep(READ_INTERVAL).await;
            }
        };
        tokio::select! {
            _ = timeout(limit, full) => {}
            () = stop.stopped() => {}
        }
    }

    /// All of them.
    pub fn take(&self) -> Vec<PoolSample> {
        std::mem::take(&mut *self.lock())
    }

    async fn read_all(&self, context: &Context, version: &str, now: impl Fn() -> i64) {
        let (mut ready, mut wanted) = (0, 0);
        for pool in &context.plan.pools {
            // A reading that fails is missing from the series; it is no claim's failure.
            let Some(view) = read(context, version, pool).await else { return };
            ready += view.status.ready_replicas;
            wanted += view.spec.replicas;
            self.keep(PoolSample {
                at_ns: now(),
                namespace: pool.namespace.clone(),
                name: pool.name.clone(),
                wanted: view.spec.replicas,
                replicas: view.status.replicas,
                ready: view.status.ready_replicas,
            });
        }
        context.counters.pool_ready.store(ready, Ordering::Relaxed);
        context.counters.pool_wanted.store(wanted, Ordering::Relaxed);
    }

    fn keep(&self, sample: PoolSample) {
        let mut all = self.lock();
        let mut ours = all.iter_mut().rev().filter(|it| it.name == sample.name && it.namespace == sample.namespace);
        let says_the_same =
            |it: &PoolSample| (it.wanted, it.replicas, it.ready) == (sample.wanted, sample.replicas, sample.ready);
        let (last, before) = (ours.next(), ours.next());
        match (last, before) {
            // Of a row of equal readings the first and the last stay.
            (Some(last), Some(before)) if says_the_same(last) && says_the_same(before) => *last = sample,
            _ => all.push(sample),
        }
    }

    fn are_full(&self, pools: usize) -> bool {
        let all = self.lock();
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for sample in all.iter().rev() {
            if seen.contains(&(&sample.namespace, &sample.name)) {
                continue;
            }
            if sample.ready < sample.wanted {
                return false;
            }
            seen.push((&sample.namespace, &sample.name));
        }
        seen.len() == pools
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<PoolSample>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(context: &Context, version: &str, pool: &WarmPool) -> Option<View> {
    let (namespace, name) = (&pool.namespace, &pool.name);
    let path = format!("/apis/{EXTENSIONS_GROUP}/{version}/namespaces/{namespace}/sandboxwarmpools/{name}");
    context.deletes.get(&path, REQUEST_TIMEOUT).await.ok().flatten()
}
