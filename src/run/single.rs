use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use agent_sandbox_common::installation::Installation;
use jiff::Timestamp;
use rand::RngExt;
use tokio::time::timeout;

use super::attribution::attribution;
use super::controller::stop_with;
use super::cost::{cpu_s, max_rss_bytes};
use super::engine::Engine;
use super::environment::environment;
use super::guard::guard;
use super::live::Live;
use super::load_summary;
use super::occupancy::Occupancy;
use super::progress::OnProgress;
use super::recorder::{Recorded, Recorder};
use super::report::write_report;
use super::runners::FleetPlayed;
use super::server_waits::ServerWaits;
use super::sources::Sources;
use super::start::Start;
use super::ticker::Ticker;
use super::{Opened, Progress, RunError, RunResult, Running, RunningController, Target, open_files, preflight};
use crate::cluster::{ClusterError, kube_client};
use crate::config::{Config, ControllerMetricsSource};
use crate::load::{Counters, Examined, Plan, Played, Records, Stop, Supervisor, new_run_id};
use crate::measure::{
    Collector, ControllerCost, Generator, Latency, PhaseSummary, PoolSummary, RunFacts, RunnerSummary, Sending,
    ServerSummary, SourceSummary, TargetSummary, Timeouts, Until, check_objectives,
};
use crate::preflight::Findings;
use crate::report::{CONTROLLER_LOG, Example, RunFolder, disagreement, junit, openmetrics, write_histograms};

/// What looks at the cluster before a run ends by then.
const CHECK_TIMEOUT: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Clone)]
pub struct RunOptions {
    /// The configuration; seed and run id are settled by the run.
    pub config: Config,
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Called with its progress.
    pub progress: Option<OnProgress>,
    /// Run even where preflight finds that the cluster cannot carry it, or that another run has the pool.
    pub force: bool,
    /// A load beyond what a named cluster is spared of is meant.
    pub yes: bool,
    /// Set to the run, once it has an id.
    pub running: Running,
}

/// Runs to the end, blocking; the threads and the runtime it needs end with it.
///
/// # Errors
/// [`RunError`]. Up to the first claim an error leaves nothing behind.
pub fn run(mut options: RunOptions) -> Result<RunResult, RunError> {
    let run_id = new_run_id();
    let config = &mut options.config;
    let seed = *config.load.seed.get_or_insert_with(random_seed);
    config.simulator.seed.get_or_insert_with(random_seed);
    config.run_id = Some(run_id.clone());
    if config.load.object.is_bare() {
        config.output.controller_metrics = ControllerMetricsSource::None; // it counts claims
    }
    check_objectives(config)?;
    let until = Until::new(config)?;
    let plan = Plan::new(&config.load, seed)?;
    if !options.yes {
        guard(&options.target, config, &plan)?;
    }
    let out_dir = config.output.dir.clone().unwrap_or_else(|| PathBuf::from(format!("asb-{run_id}")));
    RunFolder::check(&out_dir)?;
    open_files::raise(&options.target, &options.config, &plan)?;
    options.running.set(&run_id, &out_dir);
    // One thread for all connections: what it is told it handles itself, where two would wake each other for each claim.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let supervisor = Supervisor::new(options.stop.clone());
    let run = Run { options, supervisor, plan, until, run_id, seed, out_dir };
    let measured = runtime.block_on(run.play());
    // Tasks that still wait for a lost server have nothing left to tell.
    runtime.shutdown_timeout(Duration::from_millis(200));
    // The pools are the next run's by now: a page that takes long to draw, or a slow disk, costs no Lease its renewal.
    let result = measured.and_then(|measured| run.conclude(measured));
    run.supervisor.panic().map_or(result, |panic| Err(panic.into()))
}

/// Seeds stay below 2^53, so that every JSON reader keeps them whole.
pub(super) fn random_seed() -> u64 {
    rand::rng().random_range(0..1 << 53)
}

struct Run {
    options: RunOptions,
    supervisor: Supervisor,
    plan: Plan,
    until: Option<Until>,
    run_id: String,
    seed: u64,
    out_dir: PathBuf,
}

/// A load that was played.
struct Measured {
    started: SystemTime,
    done: FleetPlayed,
    recorded: Recorded,
    examined: Examined,
    installation: Installation,
    counters: Arc<Counters>,
    generator: Generator,
    controller: Option<ControllerCost>,
    server: Option<ServerSummary>,
    sources: Vec<SourceSummary>,
    warnings: Vec<String>,
    /// How a controller's program ended that should have gone on.
    lost_controller: Option<RunError>,
}

impl Run {
    async fn play(&self) -> Result<Measured, RunError> {
        let config = &self.options.config;
        let log = self.out_dir.join(CONTROLLER_LOG);
        let opened = self.unless_stopped(self.options.target.open_with_log(config, Some(&log))).await?;
        // A plugin may wait for somebody to log in: that can be stopped as well.
        self.unless_stopped(opened.access.credentials()).await?;
        if let Some(simulator) = &opened.simulator {
            simulator.hold_clock();
        }
        let prepare = Box::pin(Engine::prepare(&opened.access, config, self.plan.clone(), &self.run_id));
        let engine = self.unless_stopped(prepare).await?;
        let findings = self.unless_stopped(Box::pin(self.look_ahead(&opened))).await?;
        let occupancy = self.occupy(&opened).await?;
        let result = self.measure(engine, &opened, findings).await;
        if let Some(occupancy) = occupancy {
            occupancy.end().await;
        }
        result
    }

    /// What `part` gives, unless the run is stopped before.
    async fn unless_stopped<T, E: Into<RunError>>(
        &self,
        part: impl Future<Output = Result<T, E>>,
    ) -> Result<T, RunError> {
        tokio::select! {
            done = part => done.map_err(Into::into),
            () = self.options.stop.stopped() => Err(RunError::Interrupted),
        }
    }

    /// Plays the load; each claim is written as it ends.
    async fn measure(&self, engine: Engine, opened: &Opened, findings: Findings) -> Result<Measured, RunError> {
        let folder = RunFolder::create(&self.out_dir, &self.options.config)?;
        let examined = engine.target().clone();
        let counters = engine.counters();
        let cpu_before = cpu_s();
        let controller_before = opened.controller.as_ref().and_then(RunningController::cost);
        let (start, done, recorded, sources) = tokio::select! {
            recorded = Box::pin(self.record(engine, folder, opened)) => recorded?,
            never = stop_with(opened.controller.as_ref(), self.supervisor.stop()) => match never {},
        };
        let sent = counters.sent.load(Ordering::Relaxed);
        let controller = opened.controller.as_ref().and_then(|it| it.cost_since(controller_before, sent));
        let server = start.server(opened);
        let lost_controller = opened.controller.as_ref().and_then(RunningController::end);
        let generator = Generator {
            cpu_s: cpu_s() - cpu_before + done.cost.cpu_s,
            max_rss_bytes: max_rss_bytes().max(done.cost.max_rss_bytes),
            connections_opened: done.played.connections_opened,
            watch_relists: done.played.watch_relists,
        };
        let mut warnings = self.warnings(&done.played, opened.access.is_insecure());
        warnings.extend(lost_controller.as_ref().map(ToString::to_string));
        warnings.extend(findings.findings.iter().map(|finding| format!("{}: {}", finding.what, finding.why)));
        let installation = findings.installation;
        Ok(Measured {
            started: start.at,
            done,
            recorded,
            examined,
            installation,
            counters,
            generator,
            controller,
            server,
            sources,
            warnings,
            lost_controller,
        })
    }

    /// Judges what was measured, and writes it.
    fn conclude(&self, measured: Measured) -> Result<RunResult, RunError> {
        let (recorded, started) = (&measured.recorded, measured.started);
        let FleetPlayed { played, runners, histograms, .. } = measured.done;
        let mut facts = self.facts(started, &played, &measured.counters, measured.generator, recorded);
        facts.target = self.target(measured.examined, measured.installation);
        facts.controller = measured.controller;
        facts.server = measured.server;
        facts.sources = measured.sources;
        facts.warnings = measured.warnings;
        facts.warnings.extend(self.doubts_of_the_record(&measured.counters, recorded));
        facts.warnings.extend(self.not_as_asked(recorded));
        if let (Some(until), Some(last)) = (&recorded.until, recorded.phases.last()) {
            let (summary, warning) = until.summary(last);
            facts.until = Some(summary);
            facts.warnings.extend(warning);
        }
        facts.warnings.extend(runners.iter().filter_map(RunnerSummary::warning));
        facts.runners = runners;
        self.keep_histograms(&mut facts, recorded, &histograms)?;
        recorded.folder.write_lines("pools.jsonl", &played.pools)?;
        let examples = recorded.examples(&measured.counters);
        let result = self.judge(facts, recorded, examples, started)?;
        measured.lost_controller.map_or(Ok(result), Err)
    }

    /// What preflight finds: blockers end the run unless it is forced, the rest goes into the results as warnings.
    async fn look_ahead(&self, opened: &Opened) -> Result<Findings, RunError> {
        let client = kube_client(&opened.access).await?;
        let findings = timeout(CHECK_TIMEOUT, preflight(&client, &self.options.config)).await;
        let findings = findings.map_err(|_| ClusterError::unanswered("preflight"))??;
        if findings.is_blocked() && !self.options.force {
            return Err(RunError::Blocked(Box::new(findings)));
        }
        Ok(findings)
    }

    /// Keeps other runs off the pools of a named cluster. Shares of one schedule claim from them together.
    async fn occupy(&self, opened: &Opened) -> Result<Option<Occupancy>, RunError> {
        if opened.simulator.is_some() || self.options.config.load.share.is_some() {
            return Ok(None);
        }
        let client = kube_client(&opened.access).await?;
        let taken =
            timeout(CHECK_TIMEOUT, Occupancy::take(&client, &self.plan.pools, &self.run_id, &self.supervisor)).await;
        match taken.unwrap_or_else(|_| Err(ClusterError::unanswered("taking the Lease of a pool").into())) {
            Ok(occupancy) => Ok(Some(occupancy)),
            // Preflight has said what stands against it.
            Err(_) if self.options.force => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Plays the load while a thread records each claim.
    async fn record(
        &self,
        engine: Engine,
        folder: RunFolder,
        opened: &Opened,
    ) -> Result<(Start, FleetPlayed, Recorded, Vec<SourceSummary>), RunError> {
        let mut sources = Sources::start(&self.supervisor, &self.options.config, opened, &folder)?;
        let live = Arc::new(Mutex::new(self.first_progress()));
        let counters = engine.counters();
        let (records, queue) = Records::new(&counters);
        let (config, until) = (&self.options.config, self.until.clone());
        let waits = ServerWaits::of(opened);
        let (count, shown, known) = (Arc::clone(&counters), Arc::clone(&live), waits.clone());
        let recorder = Recorder::new(folder, &self.plan, config, until, count, shown, known);
        let watched = self.supervisor.clone();
        let recorder = self.supervisor.thread("recorder", move || recorder.run(&watched, queue))?;
        let figures = Live::new(&self.plan, self.options.config.validity.clone(), Arc::clone(&counters));
        let ticker = Ticker::start(&self.supervisor, self.options.progress.clone(), live, figures, counters)?;
        let (mut start, lead) = (None, engine.lead());
        let begin = async || {
            sources.read_once().await;
            let base_ns = start.insert(Start::within(lead, opened)).base_ns;
            waits.start_at(base_ns);
            sources.start_at(base_ns);
            base_ns
        };
        let played = engine.play(&self.supervisor, records, begin).await;
        ticker.end().await;
        let sources = sources.end().await;
        let claims = recorder.join().await.ok_or_else(|| std::io::Error::other("there is no recorder"))?;
        let played = played?;
        let start = start.ok_or_else(|| std::io::Error::other("there was no start"))?;
        Ok((start, played, claims?, sources))
    }

    fn first_progress(&self) -> Progress {
        let duration_s = self.plan.end_ns().map(|end| end as f64 / 1e9);
        let total = self.plan.due.len() as u64;
        let config = &self.options.config;
        Progress {
            total,
            duration_s,
            may_end_before: self.until.is_some(),
            hold_s: config.workload.hold.secs(),
            ready_timeout_s: config.load.ready_timeout.secs(),
            ..Progress::default()
        }
    }

    fn facts(
        &self,
        started: SystemTime,
        played: &Played,
        counters: &Counters,
        generator: Generator,
        recorded: &Recorded,
    ) -> RunFacts {
        let config = &self.options.config;
        let measured = self.plan.phases.iter().zip(&recorded.phases).filter(|(phase, _)| !phase.phase.warm_up);
        let planned = measured.map(|(_, collector)| collector.planned()).sum();
        RunFacts {
            run_id: self.run_id.clone(),
            started_at: Timestamp::try_from(started).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            labels: config.output.labels.clone(),
            environment: environment(),
            monotonic_base_ns: played.monotonic_base_ns,
            interrupted: self.options.stop.is_stopped(),
            suspended_s: played.suspended_ns as f64 / 1e9,
            target: TargetSummary::default(),
            load: load_summary::of_run(&config.load, self.seed, planned, &played.phase_lengths_ns),
            until: None,
            peak_in_flight: counters.peak_in_flight.load(Ordering::Relaxed),
            peak_alive: counters.peak_alive.load(Ordering::Relaxed),
            warnings: Vec::new(),
            phases: self.phase_summaries(recorded, &played.phase_lengths_ns),
            pools: PoolSummary::of_all(&self.plan.pools, &played.pools),
            attribution: None,
            controller_metrics: played.controller_metrics.clone().and_then(Result::ok),
            generator,
            controller: None,
            server: None,
            sources: Vec::new(),
            runners: Vec::new(),
        }
    }

    fn target(&self, examined: Examined, installation: Installation) -> TargetSummary {
        TargetSummary {
            kind: self.options.target.kind().into(),
            server_version: examined.server_version,
            agent_sandbox_version: installation.release.clone(),
            api_version: examined.api_version,
            installation,
            connections: self.options.config.load.connections,
            http_version: "1.1".into(),
        }
    }

    fn phase_summaries(&self, recorded: &Recorded, lengths_ns: &[i64]) -> Vec<PhaseSummary> {
        if self.plan.phases.len() < 2 {
            return Vec::new();
        }
        let object = self.options.config.load.object;
        let summary = |(at, collector): (usize, &Collector)| {
            let planned = &self.plan.phases[at];
            let load =
                load_summary::of_shape(object, &planned.phase.shape, self.seed, collector.planned(), lengths_ns[at]);
            let name = self.plan.phase_name(at).unwrap_or_default();
            collector.phase_summary(&name, planned.phase.warm_up, load)
        };
        recorded.phases.iter().enumerate().map(summary).collect()
    }

    fn warnings(&self, played: &Played, insecure: bool) -> Vec<String> {
        let config = &self.options.config;
        let mut warnings = Vec::new();
        if insecure {
            warnings.push("insecure: the kubeconfig tells not to check the server's certificate".into());
        }
        if config.load.claim.forces_cold_start() {
            warnings
                .push("environment and volumes of a claim's own (load.claim) force every claim to a cold start".into());
        }
        if self.plan.users() > 0 {
            warnings.push(
                "closed loop: a slow server slowed the load, so percentiles hide what users would have waited".into(),
            );
        }
        if let (Some(Err(error)), ControllerMetricsSource::Url(url)) =
            (&played.controller_metrics, &config.output.controller_metrics)
        {
            warnings.push(format!("the controller's metrics at {url} were not read: {error}"));
        }
        if !played.unknown_reasons.is_empty() {
            warnings.push(format!(
                "Ready was False for a reason that this version does not know, and was waited out as one that passes: {}",
                played.unknown_reasons.join(", ")
            ));
        }
        match &played.leftovers {
            Ok(0) => {}
            Ok(count) => {
                warnings.push(format!("{count} claims were still there after the last release, and were removed"));
            }
            Err(error) => warnings.push(format!(
                "could not make sure that nothing is left ({error}); run: agent-sandbox-bench cleanup --run-id {}",
                self.run_id
            )),
        }
        warnings
    }

    /// What keeps the record from being whole, or on time.
    fn doubts_of_the_record(&self, counters: &Counters, recorded: &Recorded) -> Vec<String> {
        let mut doubts = Vec::new();
        if let Some(panic) = self.supervisor.panic() {
            let recorded: u64 = recorded.phases.iter().map(Collector::planned).sum();
            let ended = counters.knows_enough.load(Ordering::Relaxed).then(|| counters.planned.load(Ordering::Relaxed));
            let planned = ended.unwrap_or(self.plan.due.len() as u64);
            let missing = planned.saturating_sub(recorded);
            doubts.push(format!("{panic}; {missing} planned claims have no record"));
        }
        let waits = counters.recorder_waits.load(Ordering::Relaxed);
        if waits > 0 {
            doubts.push(format!("the disk was too slow: {waits} times a claim that was over waited to be recorded, and others to be released"));
        }
        doubts
    }

    /// The phases, but for warm-ups, whose claims were not sent by the law that was asked for.
    fn not_as_asked(&self, recorded: &Recorded) -> Vec<String> {
        let warning = |(at, sending): (usize, &Option<Sending>)| {
            let warning = sending.as_ref()?.warning().filter(|_| !self.plan.phases[at].phase.warm_up)?;
            Some(self.plan.phase_name(at).map_or_else(|| warning.clone(), |name| format!("phase {name}: {warning}")))
        };
        recorded.sending.iter().enumerate().filter_map(warning).collect()
    }

    /// Writes each runner's histograms, whose sum the claims must make where no runner is lost.
    fn keep_histograms(
        &self,
        facts: &mut RunFacts,
        recorded: &Recorded,
        histograms: &[(u32, String)],
    ) -> Result<(), RunError> {
        for (runner, log) in histograms {
            recorded.folder.write(&format!("runner-{runner}.hlog"), log.as_bytes())?;
        }
        if histograms.is_empty() || !facts.runners.iter().all(RunnerSummary::is_done) {
            return Ok(());
        }
        let logs = histograms.iter().map(|(_, log)| &**log);
        facts.warnings.extend(disagreement(logs, &self.all(recorded)));
        Ok(())
    }

    /// All phases but the warm-ups.
    fn all(&self, recorded: &Recorded) -> Collector {
        let mut all = Collector::new(Timeouts::of(&self.options.config));
        let phases = recorded.phases.iter().zip(&self.plan.phases);
        phases.filter(|(_, planned)| !planned.phase.warm_up).for_each(|(phase, _)| all.merge(phase));
        all
    }

    /// That the time to ready changed within the run, and when; said of one phase of one rate alone, as others change.
    fn unsteady(&self, measured: &Collector) -> Option<String> {
        let mut phases = self.plan.phases.iter().filter(|planned| !planned.phase.warm_up);
        let alone = phases.next().filter(|_| phases.next().is_none())?;
        let steady = alone.phase.shape.arrivals.is_steady();
        steady.then(|| measured.unsteady(Latency::TimeToReady).map(|change| format!("time_to_ready: {change}")))?
    }

    /// Makes the summary of all phases but the warm-ups, and writes everything.
    fn judge(
        &self,
        mut facts: RunFacts,
        recorded: &Recorded,
        examples: BTreeMap<String, Example>,
        started: SystemTime,
    ) -> Result<RunResult, RunError> {
        let config = &self.options.config;
        let all = self.all(recorded);
        facts.warnings.extend(self.unsteady(&all));
        facts.attribution = Some(attribution(&recorded.folder, &self.plan, &all)?);
        let summary = all.summary(facts, &config.validity, &config.slo);
        recorded.folder.write_summary(&summary)?;
        write_histograms(&recorded.folder, &all, started)?;
        recorded.folder.write("metrics.prom", openmetrics(&summary).as_bytes())?;
        recorded.folder.write("junit.xml", junit(&summary).as_bytes())?;
        if config.output.report {
            write_report(recorded.folder.path(), None).map_err(RunError::Page)?;
        }
        let out_dir = recorded.folder.path().to_owned();
        let (slo_undecided, validity) = (config.slo_undecided, config.validity.clone());
        Ok(RunResult { summary, out_dir, slo_undecided, validity, examples })
    }
}
