use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use agent_sandbox_common::installation::Installation;
use rand::RngExt;
use tokio::time::timeout;

use super::controller::stop_with;
use super::cost::{cpu_s, max_rss_bytes};
use super::engine::Engine;
use super::guard::guard;
use super::live::Live;
use super::occupancy::Occupancy;
use super::pods::Pods;
use super::progress::OnProgress;
use super::push::{PushHeaders, Pushes};
use super::recorder::{Recorded, Recorder};
use super::runners::FleetPlayed;
use super::server_waits::ServerWaits;
use super::sources::Sources;
use super::start::Start;
use super::ticker::Ticker;
use super::{Opened, Progress, RunError, RunResult, Running, RunningController, Target, open_files, preflight};
use crate::cluster::{ClusterError, kube_client};
use crate::config::{Config, ControllerMetricsSource};
use crate::load::{Counters, Examined, Plan, Records, Stop, Supervisor, new_run_id};
use crate::measure::{
    ControllerCost, Generator, PodRecord, PodsSummary, ServerSummary, SourceSummary, Until, check_objectives,
};
use crate::preflight::Findings;
use crate::report::{CONTROLLER_LOG, RunFolder};

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
pub fn run(options: RunOptions) -> Result<RunResult, RunError> {
    let run = Run::new(options, new_run_id())?;
    // One thread for all connections: what it is told it handles itself, where two would wake each other for each claim.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measured = runtime.block_on(run.play());
    // Tasks that still wait for a lost server have nothing left to tell.
    runtime.shutdown_timeout(Duration::from_millis(200));
    run.end(measured)
}

/// As [`run`], within the caller's runtime, and with a run id of the caller's.
///
/// # Errors
/// Those of [`run`].
#[cfg(feature = "made-up")]
pub async fn run_within(options: RunOptions, run_id: &str) -> Result<RunResult, RunError> {
    let run = Run::new(options, run_id.to_owned())?;
    let measured = Box::pin(run.play()).await;
    run.end(measured)
}

/// Seeds stay below 2^53, so that every JSON reader keeps them whole.
pub(super) fn random_seed() -> u64 {
    rand::rng().random_range(0..1 << 53)
}

pub(super) struct Run {
    pub options: RunOptions,
    pub supervisor: Supervisor,
    pub plan: Plan,
    pub until: Option<Until>,
    pub run_id: String,
    pub seed: u64,
    pub out_dir: PathBuf,
    push_headers: PushHeaders,
}

/// A load that was played.
pub(super) struct Measured {
    pub started: SystemTime,
    pub done: FleetPlayed,
    pub recorded: Recorded,
    pub examined: Examined,
    pub installation: Installation,
    pub counters: Arc<Counters>,
    pub generator: Generator,
    pub controller: Option<ControllerCost>,
    pub server: Option<ServerSummary>,
    pub sources: Vec<SourceSummary>,
    /// Where they were watched.
    pub pods: Option<(Vec<PodRecord>, PodsSummary)>,
    pub warnings: Vec<String>,
    /// How a controller's program ended that should have gone on.
    pub lost_controller: Option<RunError>,
}

/// What was watched beside the claims.
struct Beside {
    sources: Vec<SourceSummary>,
    pods: Option<(Vec<PodRecord>, PodsSummary)>,
    push_warnings: Vec<String>,
}

impl Run {
    /// Settles what the options leave open, and refuses what cannot be played.
    fn new(mut options: RunOptions, run_id: String) -> Result<Self, RunError> {
        let config = &mut options.config;
        let seed = *config.load.seed.get_or_insert_with(random_seed);
        config.simulator.seed.get_or_insert_with(random_seed);
        config.run_id = Some(run_id.clone());
        if config.load.object.is_bare() {
            config.output.controller_metrics = ControllerMetricsSource::None; // it counts claims
        }
        check_objectives(config)?;
        let until = Until::new(config)?;
        let push_headers = PushHeaders::read(&config.output)?;
        let plan = Plan::new(&config.load, seed)?;
        if !options.yes {
            guard(&options.target, config, &plan)?;
        }
        let out_dir = config.output.dir.clone().unwrap_or_else(|| PathBuf::from(format!("asb-{run_id}")));
        RunFolder::check(&out_dir)?;
        open_files::raise(&options.target, &options.config, &plan)?;
        options.running.set(&run_id, &out_dir);
        let supervisor = Supervisor::new(options.stop.clone());
        Ok(Self { options, supervisor, plan, until, run_id, seed, out_dir, push_headers })
    }

    /// What comes of what was measured. The pools are the next run's by now: a page that takes long to draw, or a slow disk,
    /// costs no Lease its renewal.
    fn end(&self, measured: Result<Measured, RunError>) -> Result<RunResult, RunError> {
        let result = measured.and_then(|measured| self.conclude(measured));
        self.supervisor.panic().map_or(result, |panic| Err(panic.into()))
    }

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
        let (start, done, recorded, beside) = tokio::select! {
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
        warnings.extend(beside.push_warnings);
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
            sources: beside.sources,
            pods: beside.pods,
            warnings,
            lost_controller,
        })
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
        let taken = Occupancy::take(&opened.access, &self.plan.pools, &self.run_id, &self.supervisor);
        match timeout(CHECK_TIMEOUT, taken)
            .await
            .unwrap_or_else(|_| Err(ClusterError::unanswered("taking the Lease of a pool").into()))
        {
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
    ) -> Result<(Start, FleetPlayed, Recorded, Beside), RunError> {
        let mut pods = Pods::start(&self.supervisor, &self.options.config, opened, &self.plan)?;
        let known = pods.known();
        let mut sources = Sources::start(&self.supervisor, &self.options.config, opened, &known, &folder)?;
        let live = Arc::new(Mutex::new(self.first_progress()));
        let counters = engine.counters();
        let (records, queue) = Records::new(&counters);
        let (config, until) = (&self.options.config, self.until.clone());
        let waits = ServerWaits::of(opened);
        let pushes =
            Pushes::start(&self.supervisor, config, &self.push_headers, Arc::clone(&counters), Arc::clone(&live))?;
        let (count, shown) = (Arc::clone(&counters), Arc::clone(&live));
        let knowledge = (waits.clone(), known.clone());
        let recorder = Recorder::new(folder, &self.plan, config, until, count, shown, knowledge);
        let recorder = self.supervisor.apart("recorder", recorder.run(self.supervisor.clone(), queue))?;
        let figures = Live::new(&self.plan, self.options.config.validity.clone(), Arc::clone(&counters));
        let ticker = Ticker::start(&self.supervisor, self.options.progress.clone(), live, figures, counters)?;
        let (mut start, lead) = (None, engine.lead());
        let begin = async || {
            pods.listed().await;
            sources.read_once().await;
            let base_ns = start.insert(Start::within(lead, opened)).base_ns;
            waits.start_at(base_ns);
            known.start_at(base_ns);
            sources.start_at(base_ns);
            pushes.start_at(base_ns);
            base_ns
        };
        let played = engine.play(&self.supervisor, records, begin).await;
        ticker.end().await;
        let sources = sources.end().await;
        let claims = recorder.join().await.ok_or_else(|| std::io::Error::other("there is no recorder"))?;
        let push_warnings = pushes.end().await;
        let played = played?;
        let start = start.ok_or_else(|| std::io::Error::other("there was no start"))?;
        Ok((start, played, claims?, Beside { sources, pods: pods.end().await, push_warnings }))
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
}
