use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use agent_sandbox_common::clock::monotonic_ns;
use jiff::Timestamp;
use rand::RngExt;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::cost::{cpu_s, max_rss_bytes};
use super::engine::Engine;
use super::guard::guard;
use super::occupancy::Occupancy;
use super::recorder::{RECORDS, Recorded, Recorder};
use super::report::write_report;
use super::runners::FleetPlayed;
use super::{Opened, Progress, RunError, Target, preflight};
use crate::cluster::{ClusterError, kube_client};
use crate::config::{Arrivals, Config, ControllerMetricsSource, Phase, SloUndecided, WarmPool};
use crate::load::{Counters, Examined, Plan, Played, Schedule, Stop, new_run_id};
use crate::measure::{
    Collector, Generator, LoadSummary, ObjectiveResult, PhaseSummary, PoolSample, PoolSummary, RunFacts, RunnerSummary, Summary,
    TargetSummary, check_objectives,
};
use crate::report::{RunFolder, disagreement, junit, openmetrics, write_histograms};

/// What looks at the cluster before a run ends by then.
const CHECK_TIMEOUT: Duration = Duration::from_secs(60);
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Called with the state of a run, at most 10 times a second.
pub type OnProgress = Arc<dyn Fn(&Progress) + Send + Sync>;

/// What to run.
#[derive(Clone)]
pub struct RunOptions {
    /// The configuration; seed and run id are settled by the run.
    pub config: Config,
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Told how it stands.
    pub progress: Option<OnProgress>,
    /// Run even where preflight finds that the cluster cannot carry it, or that another run has the pool.
    pub force: bool,
    /// A load beyond what a named cluster is spared of is meant.
    pub yes: bool,
}

/// A run's result; an invalid run is one too.
#[derive(Debug)]
pub struct RunResult {
    /// As in `summary.json`.
    pub summary: Summary,
    /// The run's folder.
    pub out_dir: PathBuf,
    /// What an undecided objective does to the exit code.
    pub slo_undecided: SloUndecided,
}

impl RunResult {
    /// The command's exit code: 130 interrupted, 3 invalid, 4 an objective was missed, else 0.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        let fails = |objective: &ObjectiveResult| {
            !objective.met || (objective.undecided && self.slo_undecided == SloUndecided::Fail)
        };
        match &self.summary {
            summary if summary.interrupted => 130,
            summary if !summary.valid => 3,
            summary if summary.slo.iter().any(fails) => 4,
            _ => 0,
        }
    }
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
    check_objectives(&config.slo, config.load.ready_timeout)?;
    let plan = Plan::new(&config.load, seed)?;
    if !options.yes {
        guard(&options.target, config, &plan)?;
    }
    let out_dir = config.output.dir.clone().unwrap_or_else(|| PathBuf::from(format!("asb-{run_id}")));
    RunFolder::check(&out_dir)?;
    // One thread for all connections: what it is told it handles itself, where two would wake each other for each claim.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let run = Run { options, plan, run_id, seed, out_dir };
    let result = runtime.block_on(run.play());
    // Tasks that still wait for a lost server have nothing left to tell.
    runtime.shutdown_timeout(Duration::from_millis(200));
    result
}

/// Seeds stay below 2^53, so that every JSON reader keeps them whole.
fn random_seed() -> u64 {
    rand::rng().random_range(0..1 << 53)
}

struct Run {
    options: RunOptions,
    plan: Plan,
    run_id: String,
    seed: u64,
    out_dir: PathBuf,
}

impl Run {
    async fn play(self) -> Result<RunResult, RunError> {
        let config = &self.options.config;
        let opened = self.options.target.open(config).await?;
        if let Some(simulator) = &opened.simulator {
            simulator.hold_clock();
        }
        let prepare = Box::pin(Engine::prepare(&opened.kube, config, self.plan.clone(), &self.run_id));
        let engine = tokio::select! {
            engine = prepare => engine?,
            () = self.options.stop.stopped() => return Err(RunError::Interrupted),
        };
        let doubts = tokio::select! {
            doubts = Box::pin(self.look_ahead(&opened)) => doubts?,
            () = self.options.stop.stopped() => return Err(RunError::Interrupted),
        };
        let occupancy = self.occupy(&opened).await?;
        let result = self.measure(engine, &opened, doubts).await;
        if let Some(occupancy) = occupancy {
            occupancy.end().await;
        }
        result
    }

    /// Plays the load, judges it, and writes what was measured.
    async fn measure(&self, engine: Engine, opened: &Opened, doubts: Vec<String>) -> Result<RunResult, RunError> {
        let folder = RunFolder::create(&self.out_dir, &self.options.config)?;
        let examined = engine.target().clone();
        let counters = engine.counters();
        let cpu_before = cpu_s();
        let (started, done, recorded) = self.record(engine, folder, opened).await?;
        let FleetPlayed { played, runners, cost, histograms } = done;
        let generator = Generator {
            cpu_s: cpu_s() - cpu_before + cost.cpu_s,
            max_rss_bytes: max_rss_bytes().max(cost.max_rss_bytes),
            connections_opened: played.connections_opened,
            watch_relists: played.watch_relists,
        };
        let mut facts = self.facts(started, &played, &examined, &counters, generator, &recorded);
        facts.warnings = self.warnings(&played, opened.kube.accept_invalid_certs);
        facts.warnings.extend(doubts);
        facts.warnings.extend(runners.iter().filter_map(RunnerSummary::warning));
        facts.runners = runners;
        self.keep_histograms(&mut facts, &recorded, &histograms)?;
        recorded.folder.write_lines("pools.jsonl", &played.pools)?;
        self.judge(facts, &recorded, started)
    }

    /// What preflight finds: blockers end the run unless it is forced, the rest goes into the results as warnings.
    async fn look_ahead(&self, opened: &Opened) -> Result<Vec<String>, RunError> {
        let client = kube_client(&opened.kube)?;
        let findings = timeout(CHECK_TIMEOUT, preflight(&client, &self.options.config)).await;
        let findings = findings.map_err(|_| ClusterError::unanswered("preflight"))??;
        if findings.is_blocked() && !self.options.force {
            return Err(RunError::Blocked(Box::new(findings)));
        }
        Ok(findings.findings.iter().map(|finding| format!("{}: {}", finding.what, finding.why)).collect())
    }

    /// Keeps other runs off the pools of a named cluster. Shares of one schedule claim from them together.
    async fn occupy(&self, opened: &Opened) -> Result<Option<Occupancy>, RunError> {
        if opened.simulator.is_some() || self.options.config.load.share.is_some() {
            return Ok(None);
        }
        let client = kube_client(&opened.kube)?;
        let taken = timeout(CHECK_TIMEOUT, Occupancy::take(&client, &self.plan.pools, &self.run_id)).await;
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
    ) -> Result<(SystemTime, FleetPlayed, Recorded), RunError> {
        let live = Arc::new(Mutex::new(self.first_progress()));
        let (sender, receiver) = mpsc::channel(RECORDS);
        let ready_timeout_ns = self.options.config.load.ready_timeout.nanos();
        let recorder = Recorder::new(folder, &self.plan, ready_timeout_ns, Arc::clone(&live));
        let stop = self.options.stop.clone();
        let recorder = move || {
            let claims = recorder.run(receiver);
            if claims.is_err() {
                // What cannot be recorded must not be claimed.
                stop.stop();
            }
            claims
        };
        let recorder = thread::Builder::new().name("recorder".into()).spawn(recorder)?;
        let ticker = Ticker::start(self.options.progress.clone(), live, engine.counters())?;
        let mut started = SystemTime::now();
        let played = engine.play(self.options.stop.clone(), sender, async || {
            started = SystemTime::now();
            if let Some(simulator) = &opened.simulator {
                simulator.start_clock();
            }
            monotonic_ns()
        });
        let played = played.await;
        ticker.end();
        let claims = recorder.join().map_err(|_| std::io::Error::other("the recorder panicked"))?;
        Ok((started, played?, claims?))
    }

    fn first_progress(&self) -> Progress {
        let end = self.plan.end_ns();
        let duration_s = (end < i64::MAX).then_some(end as f64 / 1e9);
        Progress { total: self.plan.due.len() as u64, duration_s, ..Progress::default() }
    }

    fn facts(
        &self,
        started: SystemTime,
        played: &Played,
        examined: &Examined,
        counters: &Counters,
        generator: Generator,
        recorded: &Recorded,
    ) -> RunFacts {
        let config = &self.options.config;
        let planned = recorded.phases.iter().map(Collector::planned).collect::<Vec<_>>();
        let measured = self.plan.phases.iter().zip(&planned).filter(|(phase, _)| !phase.phase.warm_up);
        let mut load = self.load_summary(measured.clone().map(|(_, planned)| planned).sum(), &config.load.as_phase());
        load.duration_s = measured.map(|(phase, _)| seconds(phase.schedule.length_ns())).sum();
        if self.plan.phases.len() > 1 {
            load.arrivals = "phases".into();
            load.rate = None;
        }
        RunFacts {
            run_id: self.run_id.clone(),
            started_at: Timestamp::try_from(started).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            monotonic_base_ns: played.monotonic_base_ns,
            interrupted: self.options.stop.is_stopped(),
            target: TargetSummary {
                kind: self.options.target.kind().into(),
                server_version: examined.server_version.clone(),
                agent_sandbox_version: examined.agent_sandbox_version.clone(),
                api_version: examined.api_version.clone(),
                connections: config.load.connections,
                http_version: "1.1".into(),
            },
            load,
            peak_in_flight: counters.peak_in_flight.load(Ordering::Relaxed),
            peak_alive: counters.peak_alive.load(Ordering::Relaxed),
            warnings: Vec::new(),
            phases: self.phase_summaries(recorded),
            pools: self.pool_summaries(&played.pools),
            controller_metrics: played.controller_metrics.clone().and_then(Result::ok),
            generator,
            runners: Vec::new(),
        }
    }

    fn pool_summaries(&self, readings: &[PoolSample]) -> Vec<PoolSummary> {
        let of = |pool: &WarmPool| -> Vec<&PoolSample> {
            readings.iter().filter(|it| it.name == pool.name && it.namespace == pool.namespace).collect()
        };
        self.plan.pools.iter().filter_map(|pool| PoolSummary::of(&of(pool))).collect()
    }

    fn load_summary(&self, planned: u64, phase: &Phase) -> LoadSummary {
        let closed = phase.arrivals == Arrivals::Closed;
        let own = phase.burst.is_some() || phase.ramp.is_some() || phase.closed.is_some() || !phase.steps.is_empty();
        let rate = phase.rate.or((!own && phase.trace.is_none()).then_some(crate::load::DEFAULT_RATE));
        LoadSummary {
            arrivals: phase.arrivals.name().into(),
            rate,
            duration_s: 0.0,
            seed: self.seed,
            planned,
            r#loop: if closed { "closed" } else { "open" }.into(),
        }
    }

    fn phase_summaries(&self, recorded: &Recorded) -> Vec<PhaseSummary> {
        if self.plan.phases.len() < 2 {
            return Vec::new();
        }
        let summary = |(at, collector): (usize, &Collector)| {
            let planned = &self.plan.phases[at];
            let mut load = self.load_summary(collector.planned(), &planned.phase);
            load.duration_s = seconds(planned.schedule.length_ns());
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
            warnings.push("load.claim.env and volume_claim_templates force every claim to a cold start".into());
        }
        let closed = self.plan.phases.iter().any(|phase| matches!(phase.schedule, Schedule::Closed { .. }));
        if closed {
            warnings.push(
                "closed loop: a slow server slowed the load, so percentiles hide what users would have waited".into(),
            );
        }
        if let (Some(Err(error)), ControllerMetricsSource::Url(url)) =
            (&played.controller_metrics, &config.output.controller_metrics)
        {
            warnings.push(format!("the controller's metrics at {url} were not read: {error}"));
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
        let mut all = Collector::new(self.options.config.load.ready_timeout.nanos());
        let phases = recorded.phases.iter().zip(&self.plan.phases);
        phases.filter(|(_, planned)| !planned.phase.warm_up).for_each(|(phase, _)| all.merge(phase));
        all
    }

    /// Makes the summary of all phases but the warm-ups, and writes everything.
    fn judge(&self, facts: RunFacts, recorded: &Recorded, started: SystemTime) -> Result<RunResult, RunError> {
        let config = &self.options.config;
        let all = self.all(recorded);
        let summary = all.summary(facts, &config.validity, &config.slo);
        recorded.folder.write_summary(&summary)?;
        write_histograms(&recorded.folder, &all, started)?;
        recorded.folder.write("metrics.prom", openmetrics(&summary).as_bytes())?;
        recorded.folder.write("junit.xml", junit(&summary).as_bytes())?;
        if config.output.report {
            write_report(recorded.folder.path(), None).map_err(RunError::Page)?;
        }
        let out_dir = recorded.folder.path().to_owned();
        Ok(RunResult { summary, out_dir, slo_undecided: config.slo_undecided })
    }
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// Tells of progress from a thread of its own.
struct Ticker {
    done: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Ticker {
    fn start(tell: Option<OnProgress>, live: Arc<Mutex<Progress>>, counters: Arc<Counters>) -> std::io::Result<Self> {
        let done = Arc::new(AtomicBool::new(false));
        let Some(tell) = tell else { return Ok(Self { done, thread: None }) };
        let ended = Arc::clone(&done);
        let began = Instant::now();
        let tick = move || {
            let mut last = false;
            while !last {
                thread::park_timeout(PROGRESS_EVERY);
                last = ended.load(Ordering::Acquire);
                let mut progress = live.lock().unwrap_or_else(PoisonError::into_inner).clone();
                progress.elapsed_s = began.elapsed().as_secs_f64();
                progress.planned = counters.planned.load(Ordering::Relaxed);
                progress.sent = counters.sent.load(Ordering::Relaxed);
                progress.in_flight = counters.in_flight.load(Ordering::Relaxed);
                progress.pool_ready = counters.pool_ready.load(Ordering::Relaxed);
                progress.pool_wanted = counters.pool_wanted.load(Ordering::Relaxed);
                tell(&progress);
            }
        };
        Ok(Self { done, thread: Some(thread::Builder::new().name("progress".into()).spawn(tick)?) })
    }

    fn end(self) {
        self.done.store(true, Ordering::Release);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
