use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::channel::Channel;
use super::deployment::{Deployment, POLL_INTERVAL, RunnerPod};
use super::follow::{Followed, Follower, Loss};
use super::live_counts::LiveCounts;
use super::orders::OrderBook;
use crate::load::{Records, Supervisor};
use crate::run::RunError;

/// The runners from their pods' start to their end.
pub(super) struct RunnerSet<'a> {
    pub client: &'a kube::Client,
    pub orders: &'a OrderBook<'a>,
    pub start_timeout: Duration,
    pub deployment: &'a Arc<Deployment>,
    pub live_counts: Arc<LiveCounts>,
    pub records: Records,
    pub supervisor: &'a Supervisor,
    pub progress: Progress,
}

/// How far the runners are.
pub(super) struct Progress {
    /// Tells each runner's task when the run begins, by our monotonic clock.
    start: watch::Sender<Option<i64>>,
    prepared_sender: UnboundedSender<u32>,
    prepared_receiver: UnboundedReceiver<u32>,
    following: JoinSet<Followed>,
    /// The latest of each pod, by index.
    seen: BTreeMap<u32, RunnerPod>,
    prepared: HashSet<u32>,
    ended: Vec<Followed>,
}

impl Default for Progress {
    fn default() -> Self {
        let (prepared_sender, prepared_receiver) = unbounded_channel();
        Self {
            start: watch::Sender::new(None),
            prepared_sender,
            prepared_receiver,
            following: JoinSet::new(),
            seen: BTreeMap::new(),
            prepared: HashSet::new(),
            ended: Vec::new(),
        }
    }
}

impl RunnerSet<'_> {
    /// Waits until every runner is prepared or lost, or the time for it is over.
    ///
    /// # Errors
    /// [`RunError::Runners`] where none is prepared, and [`RunError::Interrupted`].
    pub async fn gather(&mut self) -> Result<(), RunError> {
        let deadline = Instant::now() + self.start_timeout;
        let mut followed: HashSet<u32> = HashSet::new();
        while self.progress.prepared.len() + self.progress.ended.len() < self.orders.runners() as usize {
            self.find_pods(&mut followed).await;
            let progress = &mut self.progress;
            tokio::select! {
                Some(prepared) = progress.prepared_receiver.recv() => drop(progress.prepared.insert(prepared)),
                Some(Ok(lost)) = progress.following.join_next() => {
                    progress.prepared.remove(&lost.pod.index);
                    progress.ended.push(lost);
                }
                () = self.supervisor.stop().stopped() => return Err(RunError::Interrupted),
                () = sleep(POLL_INTERVAL) => {}
                () = sleep_until(deadline) => break,
            }
        }
        if self.progress.prepared.is_empty() {
            return Err(RunError::Runners(self.why_none()));
        }
        Ok(())
    }

    /// Tells every runner when the run begins, by our monotonic clock.
    pub fn start_at(&self, base_ns: i64) {
        self.progress.start.send_replace(Some(base_ns));
    }

    /// Follows the pods that run by now.
    async fn find_pods(&mut self, followed: &mut HashSet<u32>) {
        if followed.len() as u32 == self.orders.runners() {
            return;
        }
        let Ok(pods) = self.deployment.pods().await else { return };
        for pod in pods {
            self.progress.seen.insert(pod.index, pod.clone());
            if let Some(why) = pod.over.clone().filter(|_| followed.insert(pod.index)) {
                self.progress.ended.push(self.never_started(pod, why));
            } else if pod.running && followed.insert(pod.index) {
                self.follow(pod);
            }
        }
    }

    fn follow(&mut self, pod: RunnerPod) {
        let orders = self.orders.of(pod.index);
        let follower = Follower {
            share: self.orders.share(pod.index),
            channel: Channel::new(self.client, &self.deployment.namespace, &pod.name, self.supervisor),
            deployment: Arc::clone(self.deployment),
            live_counts: Arc::clone(&self.live_counts),
            records: self.records.clone(),
            supervisor: self.supervisor.clone(),
            pod,
        };
        let progress = &mut self.progress;
        let (start, prepared) = (progress.start.subscribe(), progress.prepared_sender.clone());
        progress.following.spawn(follower.follow(orders, start, prepared));
    }

    /// Waits until every runner is through; in the order of their indices, with those that never came.
    pub async fn follow_all(mut self) -> Vec<Followed> {
        while let Some(followed) = self.progress.following.join_next().await {
            // What panics in a follower it catches itself.
            self.progress.ended.extend(followed.ok());
        }
        let there: HashSet<u32> = self.progress.ended.iter().map(|it| it.pod.index).collect();
        for index in (0..self.orders.runners()).filter(|index| !there.contains(index)) {
            let pod = self.progress.seen.remove(&index).unwrap_or_else(|| RunnerPod::missing(index));
            let why = format!("it did not start in time: {}", pod.waits_for);
            self.progress.ended.push(self.never_started(pod, why));
        }
        self.progress.ended.sort_by_key(|it| it.pod.index);
        self.progress.ended
    }

    fn never_started(&self, pod: RunnerPod, why: String) -> Followed {
        Followed {
            share: self.orders.share(pod.index),
            pod,
            offset: None,
            offset_after: None,
            told: HashSet::new(),
            stopped: false,
            end: Err(Loss { why, sent_until_ns: None }),
        }
    }

    fn why_none(&self) -> String {
        let progress = &self.progress;
        let ended = progress.ended.iter().filter_map(|it| Some((it.pod.index, it.end.as_ref().err()?.why.clone())));
        let mut reasons: BTreeMap<u32, String> =
            progress.seen.values().map(|pod| (pod.index, pod.waits_for.clone())).collect();
        reasons.extend(ended);
        if reasons.is_empty() {
            return "the Job made no pods: does its namespace have a quota?".into();
        }
        reasons.iter().map(|(index, why)| format!("runner {index}: {why}")).collect::<Vec<_>>().join("; ")
    }
}
