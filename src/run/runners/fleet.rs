use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_sandbox_common::clock::monotonic_ns;
use tokio::time::{Instant, sleep_until};

use super::deployment::Deployment;
use super::follow::Followed;
use super::live_counts::LiveCounts;
use super::lost::Lost;
use super::objects::Needs;
use super::orders::OrderBook;
use super::runner_set::{Progress, RunnerSet};
use super::summary::summary;
use crate::cluster::{Access, Requester, kube_client};
use crate::config::{Config, ConfigError};
use crate::load::{
    Counters, Examined, Names, Plan, Played, Records, Supervisor, examine, metrics_since, remove_leftovers, scrape,
};
use crate::measure::{ControllerMetrics, Generator, RunnerSummary};
use crate::run::RunError;
use crate::run::cleanup::Runs;

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

impl Fleet {
    /// Between the word that all is set and the common start: each runner hears of it in that time.
    pub const LEAD: Duration = Duration::from_secs(2);

    /// Examines the cluster; nothing is made yet.
    ///
    /// # Errors
    /// [`RunError::Cluster`], and [`RunError::Config`] where an image is needed and none is named.
    pub async fn prepare(access: &Access, config: &Config, plan: Plan, run_id: &str) -> Result<Self, RunError> {
        let requester = Requester::new(access.dialer().await?, access.credentials().await?, 4);
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
            client: kube_client(access).await?,
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

    /// Starts the runners, lets them play the plan from one common start, and removes them; `start` says when
    /// that is, at least [`Fleet::LEAD`] ahead.
    ///
    /// # Errors
    /// [`RunError`] where no runner gets as far as the start, and [`RunError::Interrupted`] before it.
    pub async fn play(
        self,
        supervisor: &Supervisor,
        records: Records,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<FleetPlayed, RunError> {
        let orders = OrderBook::new(&self.config, &self.plan, &self.run_id)?;
        let needs = Needs {
            run_id: &self.run_id,
            config: &self.config,
            image: &self.image,
            length_s: (self.plan.end_ns().unwrap_or_default() / 1_000_000_000).cast_unsigned(),
        };
        let deployment = Arc::new(Deployment::make(&self.client, &needs).await?);
        let outcome = self.play_on(&deployment, &orders, supervisor, records, start).await;
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
        orders: &OrderBook<'_>,
        supervisor: &Supervisor,
        records: Records,
        start: impl AsyncFnOnce() -> i64,
    ) -> Result<FleetPlayed, RunError> {
        let mut set = RunnerSet {
            client: &self.client,
            orders,
            start_timeout: self.config.load.runner.start_timeout.into(),
            deployment,
            live_counts: Arc::new(LiveCounts::new(orders.runners(), Arc::clone(&self.counters))),
            records: records.clone(),
            supervisor,
            progress: Progress::default(),
        };
        set.gather().await?;
        let metrics_before = scrape(&self.requester, &self.config.output.controller_metrics).await;
        let base = start().await;
        set.start_at(base);
        sleep_until(Instant::now() + Duration::from_nanos((base - monotonic_ns()).max(0).cast_unsigned())).await;
        let followed = set.follow_all().await;
        self.tell_lost(&followed, base, &records).await;
        // Every runner has removed its own claims; a lost one's are found by label.
        let (object, version) = (self.config.load.object, &self.examined.api_version);
        let ours = Runs::One(&self.run_id).labelled(&self.requester);
        let leftovers = remove_leftovers(&ours, object, version, &self.plan.pools).await;
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
            unknown_reasons: Vec::new(),
            pools: Vec::new(),
            phase_lengths_ns: self.plan.lengths_ns(),
            suspended_ns: 0,
        };
        Ok(self.sum_up(played, followed))
    }

    async fn controller_metrics(&self, before: Result<String, String>) -> Result<ControllerMetrics, String> {
        let (source, templates) = (&self.config.output.controller_metrics, &self.examined.templates);
        metrics_since(before?, &self.requester, source, &self.plan.pools, templates).await
    }

    /// Records what lost runners took with them.
    async fn tell_lost(&self, followed: &[Followed], base: i64, records: &Records) {
        let names = Names::new(&self.run_id, None);
        let at_ns = monotonic_ns() - base;
        for runner in followed {
            let Err(loss) = &runner.end else { continue };
            let sent_until_ns = loss.sent_until_ns.map_or(i64::MIN, |until| until - base);
            let gone = Lost { runner: runner.pod.index, share: runner.share, told: &runner.told, sent_until_ns, at_ns };
            for record in gone.records(&self.plan, &names) {
                records.send(record).await;
            }
        }
    }

    fn sum_up(&self, mut played: Played, followed: Vec<Followed>) -> FleetPlayed {
        let mut cost = Generator::default();
        let (mut runners, mut histograms) = (Vec::new(), Vec::new());
        for runner in followed {
            runners.push(summary(&runner));
            let Ok(result) = runner.end else { continue };
            cost.cpu_s += result.cpu_s;
            cost.max_rss_bytes = cost.max_rss_bytes.max(result.max_rss_bytes);
            played.connections_opened += result.connections_opened;
            played.watch_relists += result.watch_relists;
            played.suspended_ns = played.suspended_ns.max(result.suspended_ns);
            self.counters.peak_in_flight.fetch_add(result.peak_in_flight, Ordering::Relaxed);
            self.counters.peak_alive.fetch_add(result.peak_alive, Ordering::Relaxed);
            match (&mut played.leftovers, result.leftovers) {
                (Ok(all), Ok(more)) => *all += more,
                (all @ Ok(_), Err(error)) => *all = Err(error),
                (Err(_), _) => {}
            }
            for reason in result.unknown_reasons {
                if !played.unknown_reasons.contains(&reason) {
                    played.unknown_reasons.push(reason);
                }
            }
            // All read the same pools.
            if played.pools.is_empty() {
                played.pools = result.pools;
            }
            histograms.push((runner.pod.index, result.histograms));
        }
        FleetPlayed { played, runners, cost, histograms }
    }
}
