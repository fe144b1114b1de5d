use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::body::{Body, Claims};
use super::claim::{Event, Rules};
use super::clock::RunClock;
use super::hands::{Hands, Message};
use super::pacer::Pacer;
use super::pools::Readings;
use super::pulse::Pulse;
use super::tracker::Tracker;
use super::watch::{Change, Watch};
use super::{Counters, Examined, Names, Owner, Plan, Stop, metrics_since, scrape};
use agent_sandbox_common::api::{AGENTS_GROUP, EXTENSIONS_GROUP, key};
use crate::cluster::{ClusterError, Credentials, Dialer, Requester, kube_client};
use crate::config::{self, ControllerMetricsSource};
use crate::measure::{ClaimRecord, ControllerMetrics, PoolSample};

/// How long after its release a claim, and then its Sandbox, is waited for.
const FAREWELL_NS: i64 = 60_000_000_000;
/// Tokens are looked at this often; kube's layers renew those about to expire.
const REFRESH: Duration = Duration::from_secs(10);

/// A load ready to be played: connections open, the cluster examined, watches not yet begun.
pub struct Load {
    config: config::Load,
    workload: config::Workload,
    plan: Plan,
    owner: Owner,
    target: Examined,
    creates: Requester,
    deletes: Requester,
    exec: Option<kube::Client>,
    credentials: Credentials,
    metrics_source: ControllerMetricsSource,
    /// Counted while the load is played.
    pub counters: Arc<Counters>,
}

/// What a played load says beside its claims.
#[derive(Debug, Clone)]
pub struct Played {
    /// `CLOCK_MONOTONIC` at the run's start.
    pub monotonic_base_ns: i64,
    /// Connections opened, for all purposes.
    pub connections_opened: u64,
    /// Times a watch ended or fell silent, and a list told what it had missed.
    pub watch_relists: u64,
    /// Claims that a last look found and removed; an error where it could not look or remove.
    pub leftovers: Result<usize, String>,
    /// What the controller counted meanwhile, or why that is not known; `None` where nobody asked.
    pub controller_metrics: Option<Result<ControllerMetrics, String>>,
    /// Readings of the pools, in order of time.
    pub pools: Vec<PoolSample>,
}

impl Load {
    /// Examines the cluster and opens connections.
    ///
    /// # Errors
    /// [`ClusterError`]: nothing has been claimed.
    pub async fn prepare(
        kube: &kube::Config,
        config: &config::Config,
        plan: Plan,
        owner: Owner,
    ) -> Result<Self, ClusterError> {
        let credentials = Credentials::new(kube).await?;
        let dialer = Dialer::new(kube)?;
        let limit = config.load.connections as usize;
        let creates = Requester::new(dialer.clone(), credentials.clone(), limit);
        let deletes = Requester::new(dialer, credentials.clone(), limit);
        let target = super::examine(&deletes, &plan.pools).await?;
        // A tenth of a second of the busiest second, which is more than a healthy server keeps open at once.
        let ahead = ((plan.peak_rate() / 10.0).ceil() as usize).clamp(4, limit.max(4)).min(limit);
        creates.connections().open_ahead(ahead).await?;
        deletes.connections().open_ahead(ahead.div_ceil(2)).await?;
        let exec = config.workload.exec.as_ref().map(|_| kube_client(kube)).transpose()?;
        Ok(Self {
            config: config.load.clone(),
            workload: config.workload.clone(),
            plan,
            owner,
            target,
            creates,
            deletes,
            exec,
            credentials,
            metrics_source: config.output.controller_metrics.clone(),
            counters: Arc::default(),
        })
    }

    /// What was found on the cluster.
    #[must_use]
    pub fn target(&self) -> &Examined {
        &self.target
    }

    /// Plays the plan to its end: each claim's record goes to `records` as the claim ends. `start` is called when all is
    /// set, and says when the run starts, by `CLOCK_MONOTONIC`.
    ///
    /// # Errors
    /// [`ClusterError`] where a watch cannot begin; nothing has been claimed then.
    pub async fn play(
        self,
        stop: Stop,
        records: Sender<ClaimRecord>,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<Played, ClusterError> {
        let (tell, messages) = unbounded_channel();
        let clock = RunClock::default();
        let hands = self.hands(&clock, &tell, &stop);
        let metrics_before = scrape(&self.deletes, &self.metrics_source).await;
        let watches = self.watch(&hands).await?;
        let refresh = tokio::spawn(refresh(self.credentials.clone()));
        let readings = Readings::default();
        let pulse = hands.pulse.start().map_err(|error| no_thread(&error))?;
        let monotonic_base_ns = start().await;
        clock.start(monotonic_base_ns);
        let follow = readings.clone().follow(Arc::clone(&hands), self.target.api_version.clone());
        let follow = tokio::spawn(follow);
        let pacer = self.start_pacer(&hands)?;
        Tracker::new(Arc::clone(&hands), self.rules(), records).run(messages, stop.clone()).await;
        if self.workload.pool_full {
            readings.full(&hands, self.config.ready_timeout.into(), &stop).await;
        }
        for task in watches.iter().chain([&refresh, &follow]) {
            task.abort();
        }
        // It has told the tracker that it is through, so this does not wait.
        let _ = pacer.join();
        hands.pulse.stop();
        let _ = pulse.join();
        // Every name ever sent has been deleted; what an unanswered create made after its delete is found by label.
        let runs = super::Runs::Of(&self.owner);
        let leftovers = super::sweep(&self.deletes, &self.target.api_version, &self.plan.pools, runs).await;
        let opened = self.creates.connections().opened() + self.deletes.connections().opened();
        let controller_metrics = match metrics_before {
            Some(before) => Some(self.controller_metrics(before).await),
            None => None,
        };
        Ok(Played {
            monotonic_base_ns,
            connections_opened: opened,
            watch_relists: self.counters.watch_relists.load(Ordering::Relaxed),
            leftovers,
            controller_metrics,
            pools: readings.take(),
        })
    }

    async fn controller_metrics(&self, before: Result<String, String>) -> Result<ControllerMetrics, String> {
        metrics_since(before?, &self.deletes, &self.metrics_source, &self.plan.pools, &self.target.templates).await
    }

    fn rules(&self) -> Rules {
        Rules {
            ready_timeout_ns: self.config.ready_timeout.nanos(),
            hold_ns: self.workload.hold.nanos(),
            exec: self.workload.exec.is_some() || self.workload.execute.is_some(),
            capacity_back: self.workload.capacity_back,
            farewell_ns: FAREWELL_NS,
        }
    }

    fn hands(&self, clock: &RunClock, tell: &UnboundedSender<Message>, stop: &Stop) -> Arc<Hands> {
        let version = &self.target.api_version;
        let paths = self.plan.pools.iter().map(|pool| claims_path(version, &pool.namespace));
        let bodies = self.plan.pools.iter().zip(&self.target.templates).map(|(pool, template)| {
            Body::new(&Claims {
                version,
                namespace: &pool.namespace,
                warm_pool: &pool.name,
                template,
                owner: &self.owner,
                options: &self.config.claim,
            })
        });
        Arc::new(Hands {
            clock: clock.clone(),
            names: Names::new(&self.owner.run_id, self.config.share),
            owner: self.owner.clone(),
            bodies: bodies.collect(),
            paths: paths.collect(),
            plan: self.plan.clone(),
            creates: self.creates.clone(),
            deletes: self.deletes.clone(),
            exec: self.exec.clone(),
            workload: self.workload.clone(),
            on_pushback: self.config.on_pushback,
            ready_timeout_ns: self.config.ready_timeout.nanos(),
            stop_after_failures: self.config.stop_after_failures,
            tell: tell.clone(),
            counters: Arc::clone(&self.counters),
            stop: stop.clone(),
            pulse: Pulse::default(),
        })
    }

    /// A watch of claims in each namespace, and of Sandboxes where the run waits for capacity.
    async fn watch(&self, hands: &Arc<Hands>) -> Result<Vec<JoinHandle<()>>, ClusterError> {
        let mut tasks = Vec::new();
        let mut namespaces = HashSet::new();
        for (pool, settings) in self.plan.pools.iter().enumerate() {
            if !namespaces.insert(&settings.namespace) {
                continue;
            }
            let selector = self.owner.selector();
            let on_change = claims_to_tracker(Arc::clone(hands), pool);
            tasks.push(self.begin(hands, hands.paths[pool].clone(), selector, false, on_change).await?);
            if self.workload.capacity_back {
                let path = format!(
                    "/apis/{AGENTS_GROUP}/{}/namespaces/{}/sandboxes",
                    self.target.api_version, settings.namespace
                );
                let on_change = sandboxes_to_tracker(Arc::clone(hands));
                tasks.push(self.begin(hands, path, key::CLAIM_UID.to_owned(), true, on_change).await?);
            }
        }
        Ok(tasks)
    }

    async fn begin<F>(
        &self,
        hands: &Arc<Hands>,
        path: String,
        selector: String,
        all_ends: bool,
        on_change: F,
    ) -> Result<JoinHandle<()>, ClusterError>
    where
        F: FnMut(Change<'_>) + Send + Sync + 'static,
    {
        let counters = Arc::clone(&hands.counters);
        let mut watch = Watch { requester: self.deletes.clone(), path, selector, all_ends, on_change, counters };
        let version = watch.begin().await?;
        Ok(tokio::spawn(watch.follow(version)))
    }

    fn start_pacer(&self, hands: &Arc<Hands>) -> Result<thread::JoinHandle<()>, ClusterError> {
        let pacer = Pacer {
            hands: Arc::clone(hands),
            runtime: Handle::current(),
            max_in_flight: u64::from(self.config.max_in_flight),
        };
        let thread = thread::Builder::new().name("pacer".into()).spawn(move || pacer.play());
        thread.map_err(|error| no_thread(&error))
    }
}

fn no_thread(error: &std::io::Error) -> ClusterError {
    ClusterError::Unexpected {
        server: "this machine".into(),
        what: "a request for a thread".into(),
        message: error.to_string(),
    }
}

/// Path of the claims of a namespace.
pub(super) fn claims_path(version: &str, namespace: &str) -> String {
    format!("/apis/{EXTENSIONS_GROUP}/{version}/namespaces/{namespace}/sandboxclaims")
}

async fn refresh(credentials: Credentials) {
    loop {
        tokio::time::sleep(REFRESH).await;
        // A plugin is waited for, which must not hold up the claims. On failure the old headers stay; if they have
        // expired the server says so on each claim.
        let (credentials, runtime) = (credentials.clone(), Handle::current());
        let _ = tokio::task::spawn_blocking(move || runtime.block_on(credentials.refresh())).await;
    }
}

fn claims_to_tracker(hands: Arc<Hands>, pool: usize) -> impl FnMut(Change<'_>) + Send + Sync {
    move |change| {
        let message = match change {
            Change::Seen { view, at, upper_bound } => {
                let upper_bound = upper_bound || hands.pulse.is_doubtful(at);
                let event = Event::Seen(Box::new(view.observation(upper_bound)));
                hands.names.index(&view.metadata.name).map(|index| (index, at, event))
            }
            Change::Gone { view, at } => {
                hands.names.index(&view.metadata.name).map(|index| (index, at, Event::Deleted))
            }
            Change::Listed { names, asked, at } => {
                let indices = names.iter().filter_map(|name| hands.names.index(name)).collect();
                let (asked, at) = (hands.clock.of(asked), hands.clock.of(at));
                let _ = hands.tell.send(Message::Listed { pool, indices, asked, at });
                None
            }
        };
        if let Some((index, at, event)) = message {
            let _ = hands.tell.send(Message::Claim { index, at: hands.clock.of(at), event });
        }
    }
}

fn sandboxes_to_tracker(hands: Arc<Hands>) -> impl FnMut(Change<'_>) + Send + Sync {
    let mut uids: std::collections::HashMap<String, String> = std::collections::HashMap::new();
    move |change| {
        let message = match change {
            Change::Seen { view, .. } => {
                if let Some(uid) = view.claim_uid() {
                    uids.insert(view.metadata.name.to_string(), uid.to_owned());
                }
                return;
            }
            Change::Gone { view, at } => {
                uids.remove(&*view.metadata.name);
                let Some(uid) = view.claim_uid() else { return };
                Message::SandboxGone { uid: uid.into(), at: hands.clock.of(at) }
            }
            Change::Listed { names, asked, at } => {
                uids.retain(|name, _| names.contains(name));
                let uids = uids.values().cloned().collect();
                Message::SandboxesListed { uids, asked: hands.clock.of(asked), at: hands.clock.of(at) }
            }
        };
        let _ = hands.tell.send(message);
    }
}
