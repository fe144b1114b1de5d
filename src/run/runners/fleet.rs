use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::channel::Channel;
use super::deployment::{Deployment, GLANCE, RunnerPod};
use super::follow::{Followed, Follower, Loss};
use super::lost::Lost;
use super::objects::Needs;
use super::protocol::{Counts, Orders};
use agent_sandbox_common::clock::monotonic_ns;
use crate::cluster::{Credentials, Dialer, Requester, kube_client};
use crate::config::{Config, ConfigError, ControllerMetricsSource, Share};
use crate::load::{self, Counters, Examined, Names, Plan, Played, Runs, Stop, examine, scrape};
use crate::measure::{ClaimRecord, Generator, RunnerSummary};
use crate::run::RunError;

/// Between the word that all is set and the common start: each runner hears of it in that time.
const LEAD: Duration = Duration::from_secs(2);
/// What the simulator's version ends with; it runs its own program, whatever the image.
const SIMULATOR: &str = "+simulator";

/// Runners that share a load.
pub(in crate::run) struct Fleet {
    client: kube::Client,
    requester: Requester,
    config: Config,
    plan: Plan,
    run_id: String,
    image: String,
    examined: Examined,
    pub counters: Arc<Counters>,
}

/// What runners did.
pub(in crate::run) struct FleetPlayed {
    pub played: Played,
    pub runners: Vec<RunnerSummary>,
    /// What the runners cost together; memory is the largest.
    pub cost: Generator,
    /// `latency.hlog` of each runner that told it.
    pub histograms: Vec<(u32, String)>,
}

/// Where followers say how the runners stand.
pub(super) struct Board {
    counts: Mutex<Vec<Counts>>,
    counters: Arc<Counters>,
}

impl Board {
    /// Sums up what all runners count.
    pub fn count(&self, runner: u32, counts: Counts) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        all[runner as usize] = counts;
        let sum = |of: fn(&Counts) -> u64| all.iter().map(of).sum::<u64>();
        let counters = &self.counters;
        counters.planned.store(sum(|it| it.planned), Ordering::Relaxed);
        counters.sent.store(sum(|it| it.sent), Ordering::Relaxed);
        counters.in_flight.store(sum(|it| it.in_flight), Ordering::Relaxed);
        counters.pool_ready.store(counts.pool_ready, Ordering::Relaxed);
        counters.pool_wanted.store(counts.pool_wanted, Ordering::Relaxed);
    }
}

impl Fleet {
    /// Examines the cluster; nothing is made yet.
    ///
    /// # Errors
    /// [`RunError::Cluster`], and [`RunError::Config`] where an image is needed and none is named.
    pub async fn prepare(kube: &kube::Config, config: &Config, plan: Plan, run_id: &str) -> Result<Self, RunError> {
        let requester = Requester::new(Dialer::new(kube)?, Credentials::new(kube).await?, 4);
        let examined = examine(&requester, &plan.pools).await?;
        let simulated = examined.server_version.as_ref().is_some_and(|version| version.ends_with(SIMULATOR));
        let image = config.load.runner.image.clone().or_else(|| simulated.then(|| "agent-sandbox-bench".to_owned()));
        let allowed = "the image of this version of agent-sandbox-bench, as the nodes can pull it";
        let image = image.ok_or_else(|| ConfigError::not_allowed("load.runner.image", "nothing", allowed))?;
        if (plan.due.len() as u64) < u64::from(config.load.runners) {
            let allowed = format!("at most the claims of the schedule, {}", plan.due.len());
            return Err(ConfigError::not_allowed("load.runners", config.load.runners, &allowed).into());
        }
        Ok(Self {
            client: kube_client(kube)?,
            requester,
            config: config.clone(),
            plan,
            run_id: run_id.to_owned(),
            image,
            examined,
            counters: Arc::default(),
        })
    }

    /// What was found on the cluster.
    pub fn target(&self) -> &Examined {
        &self.examined
    }

    /// Starts the runners, lets them play the plan from one common start, and removes them; `start` is called at that
    /// instant.
    ///
    /// # Errors
    /// [`RunError`] where no runner gets as far as the start, and [`RunError::Interrupted`] before it.
    pub async fn play(
        self,
        stop: Stop,
        records: Sender<ClaimRecord>,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<FleetPlayed, RunError> {
        let traces = self.traces()?;
        let needs = Needs {
            run_id: &self.run_id,
            config: &self.config,
            image: &self.image,
            length_s: (self.plan.end_ns() / 1_000_000_000).cast_unsigned(),
        };
        let deployment = Arc::new(Deployment::make(&self.client, &needs).await.map_err(RunError::Stack)?);
        let outcome = self.play_on(&deployment, traces, &stop, records, start).await;
        let removed = deployment.remove().await;
        let mut played = outcome?;
        if let Err(error) = removed {
            played.played.leftovers = Err(error.to_string());
        }
        Ok(played)
    }

    async fn play_on(
        &self,
        deployment: &Arc<Deployment>,
        traces: BTreeMap<PathBuf, String>,
        stop: &Stop,
        records: Sender<ClaimRecord>,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<FleetPlayed, RunError> {
        let runners = self.config.load.runners as usize;
        let board = Arc::new(Board {
            counts: Mutex::new(vec![Counts::default(); runners]),
            counters: Arc::clone(&self.counters),
        });
        let (tell, told) = unbounded_channel();
        let mut muster = Muster {
            fleet: self,
            deployment,
            board,
            traces,
            records: records.clone(),
            stop,
            start: watch::Sender::new(None),
            tell,
            told,
            following: JoinSet::new(),
            seen: BTreeMap::new(),
            prepared: HashSet::new(),
            ended: Vec::new(),
        };
        muster.gather().await?;
        let metrics_before = scrape(&self.requester, &self.config.output.controller_metrics).await;
        let base = monotonic_ns() + LEAD.as_nanos() as i64;
        muster.start.send_replace(Some(base));
        sleep_until(Instant::now() + Duration::from_nanos((base - monotonic_ns()).max(0).cast_unsigned())).await;
        start().await;
        let followed = muster.follow_all().await;
        self.tell_lost(&followed, base, &records).await;
        // Every runner has removed its own claims; a lost one's are found by label.
        let (version, pools) = (&self.examined.api_version, &self.plan.pools);
        let leftovers = load::sweep(&self.requester, version, pools, Runs::One(&self.run_id)).await;
        let metrics = match metrics_before {
            Some(before) => Some(self.controller_metrics(before).await),
            None => None,
        };
        let played = Played {
            monotonic_base_ns: base,
            connections_opened: 0,
            watch_relists: 0,
            leftovers,
            controller_metrics: metrics,
            pools: Vec::new(),
        };
        Ok(self.sum_up(played, followed))
    }

    async fn controller_metrics(
        &self,
        before: Result<String, String>,
    ) -> Result<crate::measure::ControllerMetrics, String> {
        let (source, templates) = (&self.config.output.controller_metrics, &self.examined.templates);
        load::metrics_since(before?, &self.requester, source, &self.plan.pools, templates).await
    }

    /// The trace files, which runners cannot read for themselves.
    fn traces(&self) -> Result<BTreeMap<PathBuf, String>, RunError> {
        let named = self.plan.phases.iter().filter_map(|phase| phase.phase.trace.clone());
        named.map(|path| Ok((path.clone(), std::fs::read_to_string(&path)?))).collect()
    }

    /// What a runner is told.
    fn orders(&self, runner: u32, traces: &BTreeMap<PathBuf, String>) -> Orders {
        let mut config = self.config.clone();
        let runners = config.load.runners;
        let limit = config.load.max_in_flight;
        config.load.share = Some(share(runner, runners));
        config.load.runners = 0;
        config.load.max_in_flight = limit / runners + u32::from(runner < limit % runners);
        config.output.controller_metrics = ControllerMetricsSource::None;
        Orders {
            version: env!("CARGO_PKG_VERSION").into(),
            run_id: self.run_id.clone(),
            runner,
            config,
            traces: traces.clone(),
        }
    }

    /// Records what lost runners took with them.
    async fn tell_lost(&self, followed: &[Followed], base: i64, records: &Sender<ClaimRecord>) {
        let names = Names::new(&self.run_id, None);
        let at_ns = monotonic_ns() - base;
        for runner in followed {
            let Err(loss) = &runner.end else { continue };
            let sent_until_ns = loss.sent_until_ns.map_or(i64::MIN, |until| until - base);
            let gone = Lost { runner: runner.pod.index, share: runner.share, told: &runner.told, sent_until_ns, at_ns };
            for record in gone.records(&self.plan, &names) {
                let _ = records.send(record).await;
            }
        }
    }

    fn sum_up(&self, mut played: Played, followed: Vec<Followed>) -> FleetPlayed {
        let mut cost = Generator::default();
        let (mut runners, mut histograms) = (Vec::new(), Vec::new());
        for runner in followed {
            runners.push(summary(&runner));
            let Ok(farewell) = runner.end else { continue };
            cost.cpu_s += farewell.cpu_s;
            cost.max_rss_bytes = cost.max_rss_bytes.max(farewell.max_rss_bytes);
            played.connections_opened += farewell.connections_opened;
            played.watch_relists += farewell.watch_relists;
            self.counters.peak_in_flight.fetch_add(farewell.peak_in_flight, Ordering::Relaxed);
            self.counters.peak_alive.fetch_add(farewell.peak_alive, Ordering::Relaxed);
            match (&mut played.leftovers, farewell.leftovers) {
                (Ok(all), Ok(more)) => *all += more,
                (all @ Ok(_), Err(error)) => *all = Err(error),
                (Err(_), _) => {}
            }
            // All read the same pools.
            if played.pools.is_empty() {
                played.pools = farewell.pools;
            }
            histograms.push((runner.pod.index, farewell.histograms));
        }
        FleetPlayed { played, runners, cost, histograms }
    }
}

fn share(runner: u32, runners: u32) -> Share {
    Share { part: runner + 1, parts: runners }
}

fn summary(runner: &Followed) -> RunnerSummary {
    let seconds = |nanos: i64| nanos as f64 / 1e9;
    let farewell = runner.end.as_ref().ok();
    let drift = runner.offset.zip(runner.offset_after).map(|(before, after)| after.since(before));
    let mut invalid_reasons = farewell.map(|it| it.invalid_reasons.clone()).unwrap_or_default();
    let outcome = match (farewell, runner.stopped) {
        (Some(_), false) => "done",
        (Some(_), true) => "stopped",
        (None, _) => "lost",
    };
    if outcome != "done" {
        invalid_reasons.push(crate::measure::RUNNER_LOST.into());
    }
    RunnerSummary {
        index: runner.pod.index,
        node: runner.pod.node.clone(),
        outcome: outcome.into(),
        message: runner.end.as_ref().err().map(|loss| loss.why.clone()),
        outcomes: farewell.map(|it| it.outcomes),
        achieved_ratio: farewell.map(|it| it.achieved_ratio),
        schedule_lag_p99_s: farewell.and_then(|it| it.schedule_lag_p99_s),
        clock_offset_s: runner.offset.map(|it| seconds(it.wall_ns)),
        clock_uncertainty_s: runner.offset.map(|it| seconds(it.uncertainty_ns)),
        clock_drift_s: drift.map(|(drift, _)| seconds(drift)),
        clock_drift_uncertainty_s: drift.map(|(_, doubt)| seconds(doubt)),
        cpu_s: farewell.map(|it| it.cpu_s),
        max_rss_bytes: farewell.map(|it| it.max_rss_bytes),
        connections_opened: farewell.map(|it| it.connections_opened),
        watch_relists: farewell.map(|it| it.watch_relists),
        valid: invalid_reasons.is_empty(),
        invalid_reasons,
    }
}

/// The runners from their pods' start to their end.
struct Muster<'a> {
    fleet: &'a Fleet,
    deployment: &'a Arc<Deployment>,
    board: Arc<Board>,
    traces: BTreeMap<PathBuf, String>,
    records: Sender<ClaimRecord>,
    stop: &'a Stop,
    start: watch::Sender<Option<i64>>,
    tell: UnboundedSender<u32>,
    told: UnboundedReceiver<u32>,
    following: JoinSet<Followed>,
    /// The latest of each pod, by index.
    seen: BTreeMap<u32, RunnerPod>,
    prepared: HashSet<u32>,
    ended: Vec<Followed>,
}

impl Muster<'_> {
    /// Waits until every runner is prepared or lost, or the time for it is over.
    async fn gather(&mut self) -> Result<(), RunError> {
        let load = &self.fleet.config.load;
        let deadline = Instant::now() + Duration::from(load.runner.start_timeout);
        let mut followed: HashSet<u32> = HashSet::new();
        while self.prepared.len() + self.ended.len() < load.runners as usize {
            self.look(&mut followed).await;
            tokio::select! {
                Some(prepared) = self.told.recv() => drop(self.prepared.insert(prepared)),
                Some(Ok(lost)) = self.following.join_next() => {
                    self.prepared.remove(&lost.pod.index);
                    self.ended.push(lost);
                }
                () = self.stop.stopped() => return Err(RunError::Interrupted),
                () = sleep(GLANCE) => {}
                () = sleep_until(deadline) => break,
            }
        }
        if self.prepared.is_empty() {
            return Err(RunError::Runners(self.why_none()));
        }
        Ok(())
    }

    /// Follows the pods that run by now.
    async fn look(&mut self, followed: &mut HashSet<u32>) {
        if followed.len() as u32 == self.fleet.config.load.runners {
            return;
        }
        let Ok(pods) = self.deployment.pods().await else { return };
        for pod in pods {
            self.seen.insert(pod.index, pod.clone());
            if let Some(why) = pod.over.clone().filter(|_| followed.insert(pod.index)) {
                self.ended.push(never_started(pod, self.fleet.config.load.runners, why));
            } else if pod.running && followed.insert(pod.index) {
                self.follow(pod);
            }
        }
    }

    fn follow(&mut self, pod: RunnerPod) {
        let follower = Follower {
            share: share(pod.index, self.fleet.config.load.runners),
            channel: Channel::new(&self.fleet.client, &self.deployment.namespace, &pod.name),
            deployment: Arc::clone(self.deployment),
            board: Arc::clone(&self.board),
            records: self.records.clone(),
            stop: self.stop.clone(),
            pod,
        };
        let orders = self.fleet.orders(follower.pod.index, &self.traces);
        self.following.spawn(follower.follow(orders, self.start.subscribe(), self.tell.clone()));
    }

    /// Waits until every runner is through; in the order of their indices, with those that never came.
    async fn follow_all(mut self) -> Vec<Followed> {
        while let Some(followed) = self.following.join_next().await {
            // A follower does not panic.
            self.ended.extend(followed.ok());
        }
        let runners = self.fleet.config.load.runners;
        let there: HashSet<u32> = self.ended.iter().map(|it| it.pod.index).collect();
        for index in (0..runners).filter(|index| !there.contains(index)) {
            let pod = self.seen.remove(&index).unwrap_or_else(|| RunnerPod::missing(index));
            let why = format!("it did not start in time: {}", pod.waits_for);
            self.ended.push(never_started(pod, runners, why));
        }
        self.ended.sort_by_key(|it| it.pod.index);
        self.ended
    }

    fn why_none(&self) -> String {
        let ended =
            self.ended.iter().filter_map(|it| it.end.as_ref().err().map(|loss| (it.pod.index, loss.why.clone())));
        let mut reasons: BTreeMap<u32, String> =
            self.seen.values().map(|pod| (pod.index, pod.waits_for.clone())).collect();
        reasons.extend(ended);
        if reasons.is_empty() {
            return "the Job made no pods: does its namespace have a quota?".into();
        }
        reasons.iter().map(|(index, why)| format!("runner {index}: {why}")).collect::<Vec<_>>().join("; ")
    }
}

fn never_started(pod: RunnerPod, runners: u32, why: String) -> Followed {
    Followed {
        share: share(pod.index, runners),
        pod,
        offset: None,
        offset_after: None,
        told: HashSet::new(),
        stopped: false,
        end: Err(Loss { why, sent_until_ns: None }),
    }
}
