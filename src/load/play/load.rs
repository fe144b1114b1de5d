use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_sandbox_common::api::key;
use agent_sandbox_common::mutation::{Mutation, mutated};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::examine::{Examined, examine};
use super::leftovers::remove_leftovers;
use super::pacer::Pacer;
use super::pools::Readings;
use super::scrape::{metrics_since, scrape};
use super::slice::ShortSlice;
use super::timer::Timer;
use super::tracker::Tracker;
use crate::cluster::{Access, ClusterError, Credentials, Labelled, Requester, kube_client};
use crate::config::{self, ControllerMetricsSource, LoadObject};
use crate::load::claim::{Body, Claims, Names, Owner, Rules};
use crate::load::clock::RunClock;
use crate::load::contents::Contents;
use crate::load::context::{Context, Message};
use crate::load::counters::Counters;
use crate::load::phase_lengths::PhaseLengths;
use crate::load::plan::Plan;
use crate::load::pulse::Pulse;
use crate::load::records::Records;
use crate::load::sandbox_watch::SandboxWatch;
use crate::load::supervisor::Supervisor;
use crate::load::watch::{Change, Watch, claims_to_tracker, sandboxes_to_tracker};
use crate::measure::{ControllerMetrics, PoolSample};

/// How long after its release a claim, and then its Sandbox, is waited for.
const GONE_TIMEOUT_NS: i64 = 60_000_000_000;
/// Tokens are looked at this often; kube's layers renew those about to expire.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

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
    /// Reasons of Ready=False that are not known here, and were taken for ones that pass.
    pub unknown_reasons: Vec<String>,
    /// Readings of the pools, in order of time.
    pub pools: Vec<PoolSample>,
    /// How long each phase took, ns.
    pub phase_lengths_ns: Vec<i64>,
    /// For how long the machine was suspended meanwhile, ns.
    pub suspended_ns: i64,
}

impl Load {
    /// Examines the cluster and opens connections.
    ///
    /// # Errors
    /// [`ClusterError`]: nothing has been claimed.
    pub async fn prepare(
        access: &Access,
        config: &config::Config,
        plan: Plan,
        owner: Owner,
    ) -> Result<Self, ClusterError> {
        let credentials = access.credentials().await?;
        let dialer = access.dialer().await?;
        let limit = config.load.connections as usize;
        let creates = Requester::new(dialer.clone(), credentials.clone(), limit);
        let deletes = Requester::new(dialer, credentials.clone(), limit);
        let target = examine(&deletes, &plan.pools).await?;
        // A tenth of a second of the busiest second, which is more than a healthy server keeps open at once.
        let ahead = ((plan.peak_rate() / 10.0).ceil() as usize).clamp(4, limit.max(4)).min(limit);
        creates.connections().open_ahead(ahead).await?;
        deletes.connections().open_ahead(ahead.div_ceil(2)).await?;
        let by_api_server = config.workload.execs() || config.workload.proxies();
        let exec = if by_api_server { Some(kube_client(access).await?) } else { None };
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

    /// Plays the plan to its end: each claim's record goes to `records` as the claim ends. `start` is called when all
    /// is set, and says when the run starts, by `CLOCK_MONOTONIC`. The supervisor reports what panics meanwhile; the
    /// claims are released and recorded anyway.
    ///
    /// # Errors
    /// [`ClusterError`] where a watch cannot begin; nothing has been claimed then.
    pub async fn play(
        self,
        supervisor: &Supervisor,
        records: Records,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<Played, ClusterError> {
        let (tell, messages) = unbounded_channel();
        let clock = RunClock::default();
        let context = self.context(&clock, &tell, supervisor);
        let metrics_before = scrape(&self.deletes, &self.metrics_source).await;
        let mut background = self.watch(&context).await?;
        background.spawn(supervisor.catch("credentials", refresh(self.credentials.clone())));
        let readings = Readings::default();
        let pulse = context.pulse.start(supervisor).map_err(|error| refused("a thread", &error))?;
        let timer = Timer::new().map_err(|error| refused("a timer", &error))?;
        if !self.config.object.is_bare() {
            readings.begin(&context, &self.target.api_version).await;
        }
        let short_slice = ShortSlice::take(); // no thread that is started before has it
        let monotonic_base_ns = start().await;
        clock.start(monotonic_base_ns);
        let monotonic_base_ns = monotonic_base_ns - if mutated(Mutation::ShiftBase) { 1_000_000 } else { 0 };
        if !self.config.object.is_bare() {
            let follow = readings.clone().follow(Arc::clone(&context), self.target.api_version.clone());
            background.spawn(supervisor.catch("pools", follow));
        }
        let pacer = tokio::spawn(supervisor.catch("pacer", self.pacer(&context, timer).play()));
        Tracker::new(Arc::clone(&context), self.rules(), records).run(messages).await;
        if self.workload.pool_full {
            readings.full(&context, self.config.ready_timeout.into(), supervisor.stop()).await;
        }
        drop(background); // which ends them
        drop(short_slice);
        // It has told the tracker that it is through, so this does not wait.
        let _ = pacer.await;
        context.pulse.stop();
        pulse.join().await;
        // Leftovers are looked for last: a create still under way might come after them.
        supervisor.ended().await;
        // Every name ever sent has been deleted; what an unanswered create made after its delete is found by label.
        let ours = Labelled::new(&self.deletes, self.owner.labels().map(|(key, value)| (key, Some(value))).collect());
        let leftovers = remove_leftovers(&ours, self.config.object, &self.target.api_version, &self.plan.pools).await;
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
            unknown_reasons: self.counters.unknown_reasons(),
            pools: readings.take(),
            phase_lengths_ns: context.phase_lengths.all(),
            suspended_ns: context.pulse.suspended_ns(),
        })
    }

    async fn controller_metrics(&self, before: Result<String, String>) -> Result<ControllerMetrics, String> {
        metrics_since(before?, &self.deletes, &self.metrics_source, &self.plan.pools, &self.target.templates).await
    }

    fn rules(&self) -> Rules {
        Rules {
            ready_timeout_ns: self.config.ready_timeout.nanos(),
            hold_ns: self.workload.hold.nanos(),
            exec: self.workload.does_something(),
            capacity_back: self.workload.capacity_back,
            gone_timeout_ns: GONE_TIMEOUT_NS,
        }
    }

    fn context(&self, clock: &RunClock, tell: &UnboundedSender<Message>, supervisor: &Supervisor) -> Arc<Context> {
        let (object, version) = (self.config.object, &self.target.api_version);
        let paths = self.plan.pools.iter().map(|pool| object.collection(version, &pool.namespace));
        let session = self.workload.session();
        let bodies = self.plan.pools.iter().zip(&self.target.templates).map(|(pool, template)| {
            Body::new(&Claims {
                object,
                version,
                namespace: &pool.namespace,
                warm_pool: &pool.name,
                template,
                owner: &self.owner,
                options: &self.config.claim,
            })
        });
        Arc::new(Context {
            clock: clock.clone(),
            names: Names::new(&self.owner.run_id, self.config.share),
            owner: self.owner.clone(),
            object,
            bodies: bodies.collect(),
            paths: paths.collect(),
            plan: self.plan.clone(),
            phase_lengths: PhaseLengths::new(&self.plan, self.config.until.is_some()),
            creates: self.creates.clone(),
            deletes: self.deletes.clone(),
            exec: self.exec.clone(),
            workload: self.workload.clone(),
            contents: Contents::new(&session, self.config.seed.unwrap_or_default()),
            session,
            sandboxes: SandboxWatch::default(),
            api_version: version.clone(),
            on_pushback: self.config.on_pushback,
            own_generations: self.target.own_generations,
            ready_timeout_ns: self.config.ready_timeout.nanos(),
            stop_after_failures: self.config.stop_after_failures,
            tracker: tell.clone(),
            counters: Arc::clone(&self.counters),
            stop: supervisor.stop().clone(),
            supervisor: supervisor.clone(),
            pulse: Pulse::default(),
        })
    }

    /// A watch of claims in each namespace, and of their Sandboxes where the run waits for capacity, or suspends them.
    async fn watch(&self, context: &Arc<Context>) -> Result<JoinSet<Option<()>>, ClusterError> {
        let mut tasks = JoinSet::new();
        let mut namespaces = HashSet::new();
        for (pool, settings) in self.plan.pools.iter().enumerate() {
            if !namespaces.insert(&settings.namespace) {
                continue;
            }
            let selector = self.owner.selector();
            let on_change = claims_to_tracker(Arc::clone(context), pool);
            tasks.spawn(self.begin(context, context.paths[pool].clone(), selector, false, on_change).await?);
            // Those that are bare are watched already.
            let suspends = self.workload.suspends() && !self.config.object.is_bare();
            if self.workload.capacity_back || suspends {
                let path = LoadObject::Sandbox.collection(&self.target.api_version, &settings.namespace);
                let on_change = sandboxes_to_tracker(Arc::clone(context));
                let all_ends = self.workload.capacity_back;
                tasks.spawn(self.begin(context, path, key::CLAIM_UID.to_owned(), all_ends, on_change).await?);
            }
        }
        Ok(tasks)
    }

    async fn begin<F>(
        &self,
        context: &Arc<Context>,
        path: String,
        selector: String,
        all_ends: bool,
        on_change: F,
    ) -> Result<impl Future<Output = Option<()>> + use<F>, ClusterError>
    where
        F: FnMut(Change<'_>) + Send + Sync + 'static,
    {
        let counters = Arc::clone(&context.counters);
        let requester = self.deletes.clone();
        let mut watch = Watch { requester, path, selector, all_ends, on_change, counters, current_ns: None };
        let version = watch.begin().await?;
        Ok(context.supervisor.catch("watch", watch.follow(version)))
    }

    fn pacer(&self, context: &Arc<Context>, timer: Timer) -> Pacer {
        Pacer {
            context: Arc::clone(context),
            timer,
            max_in_flight: u64::from(self.config.max_in_flight),
            oversleep: Duration::ZERO,
        }
    }
}

fn refused(what: &str, error: &std::io::Error) -> ClusterError {
    ClusterError::Unexpected {
        server: "this machine".into(),
        what: format!("a request for {what}"),
        message: error.to_string(),
    }
}

async fn refresh(credentials: Credentials) {
    loop {
        tokio::time::sleep(REFRESH_INTERVAL).await;
        // On failure the old headers stay; if they have expired the server says so on each claim.
        let _ = credentials.refresh().await;
    }
}
