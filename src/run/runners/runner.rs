use std::io::{BufRead, Cursor, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use tokio::sync::mpsc::Receiver;

use super::protocol::{Orders, RunnerResult, Stage};
use super::serve::serve;
use super::state::RunnerState;
use crate::config;
use crate::load::{Load, Owner, Plan, Played, Records, Stop, Supervisor};
use crate::measure::{ClaimRecord, Collector, Latency, Timeouts};
use crate::report::{ReportError, interval_log};
use crate::run::cost::{cpu_s, max_rss_bytes};
use crate::run::recorder::{Sink, drain};
use crate::run::{RunError, Target};

/// Bytes of lines that are handed over together, at most.
const BLOCK: usize = 64 << 10;

/// What a runner is started with.
pub struct RunnerOptions {
    /// The cluster it loads.
    pub target: Target,
    /// Where it takes orders.
    pub listen: SocketAddr,
    /// Ends it early.
    pub stop: Stop,
}

/// Runs one runner to its end, blocking: it takes orders from a coordinator, plays its share of the load, and hands over
/// what it saw. Says on stdout where it listens. Returns the exit code: 0 done, 1 without a coordinator.
///
/// # Errors
/// [`RunError::Start`] where it cannot listen. The coordinator receives later errors.
pub fn serve_runner(options: RunnerOptions) -> Result<i32, RunError> {
    let supervisor = Supervisor::new(options.stop.clone());
    let state = Arc::new(RunnerState::new(options.stop));
    let listener = std::net::TcpListener::bind(options.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // On a thread of its own: what the coordinator asks for must not make a claim late.
    let server = runtime()?;
    let (shared, watched) = (Arc::clone(&state), supervisor.clone());
    supervisor.thread("coordinator", move || {
        server.block_on(async {
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                serve(listener, shared, watched).await;
            }
        });
    })?;
    writeln!(std::io::stdout(), "listening on {address}")?;
    let runtime = runtime()?;
    let code = runtime.block_on(async {
        let Some(orders) = state.orders().await else { return 1 };
        if let Err(error) = Box::pin(play(&options.target, orders, &state, &supervisor)).await {
            eprintln!("error: {error}");
            state.fail(error.to_string());
        }
        i32::from(!state.dismissed().await)
    });
    Ok(code)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn play(
    target: &Target,
    orders: Orders,
    state: &Arc<RunnerState>,
    supervisor: &Supervisor,
) -> Result<(), RunError> {
    state.enter(Stage::Preparing);
    let ours = env!("CARGO_PKG_VERSION");
    if orders.version != ours {
        return Err(RunError::Runners(format!(
            "the image holds version {ours}, the coordinator is {}",
            orders.version
        )));
    }
    let Orders { run_id, runner, config, traces, .. } = orders;
    let config = config::decode(&config)?;
    let seed = config.load.seed.unwrap_or_default();
    let missing = || std::io::Error::other("the coordinator sent no such file");
    let trace = |path: &Path| -> std::io::Result<Box<dyn BufRead>> {
        Ok(Box::new(Cursor::new(traces.get(path).cloned().ok_or_else(missing)?)))
    };
    let plan = Plan::with_files(&config.load, seed, &trace)?;
    let opened = target.open(&config).await?;
    let owner = Owner { run_id, runner: Some(runner) };
    let load = Load::prepare(&opened.access, &config, plan.clone(), owner).await?;
    let counters = Arc::clone(&load.counters);
    state.count_with(&counters);
    let (records, queue) = Records::new(&counters);
    let recorder = RunnerRecorder::new(state, &plan, Timeouts::of(&config));
    let recorder = supervisor.apart("recorder", recorder.run(supervisor.clone(), queue))?;
    let cpu_before = cpu_s();
    let mut started = SystemTime::now();
    let played = load.play(supervisor, records, async || {
        let at = state.wait_for_start().await;
        started = SystemTime::now();
        at
    });
    let played = played.await;
    let collectors = recorder.join().await;
    if let Some(panic) = supervisor.panic() {
        return Err(panic.into());
    }
    let collectors = collectors.ok_or_else(|| std::io::Error::other("there is no recorder"))??;
    let mut result = result(played?, &collectors, started);
    result.invalid_reasons = collectors.measured.invalid_reasons(&config.validity, false);
    result.cpu_s = cpu_s() - cpu_before;
    result.peak_in_flight = counters.peak_in_flight.load(Ordering::Relaxed);
    result.peak_alive = counters.peak_alive.load(Ordering::Relaxed);
    state.end(result);
    Ok(())
}

fn result(played: Played, counted: &Counted, started: SystemTime) -> RunnerResult {
    let measured = &counted.measured;
    RunnerResult {
        outcomes: counted.outcomes(),
        achieved_ratio: measured.achieved_ratio(),
        schedule_lag_p99_s: measured.distribution(Latency::ScheduleLag).quantile(0.99),
        invalid_reasons: Vec::new(),
        cpu_s: 0.0,
        max_rss_bytes: max_rss_bytes(),
        connections_opened: played.connections_opened,
        watch_relists: played.watch_relists,
        suspended_ns: played.suspended_ns,
        peak_in_flight: 0,
        peak_alive: 0,
        leftovers: played.leftovers,
        unknown_reasons: played.unknown_reasons,
        pools: played.pools,
        // V2 logs are text: base64.
        histograms: String::from_utf8_lossy(&interval_log(measured, started)).into_owned(),
    }
}

/// The claims of this runner, counted.
struct Counted {
    /// Without warm-ups.
    measured: Collector,
    warm_ups: Collector,
}

impl Counted {
    fn outcomes(&self) -> crate::measure::Outcomes {
        let mut all = self.measured.clone();
        all.merge(&self.warm_ups);
        *all.outcomes()
    }
}

/// Keeps the claims that are over until the coordinator takes them; a thread of its own.
struct RunnerRecorder {
    state: Arc<RunnerState>,
    counted: Counted,
    warm_ups: Vec<Option<String>>,
    lines: Vec<u8>,
}

impl RunnerRecorder {
    fn new(state: &Arc<RunnerState>, plan: &Plan, timeouts: Timeouts) -> Self {
        let warm_ups = plan.phases.iter().enumerate().filter(|(_, phase)| phase.phase.warm_up);
        let counted = Counted { measured: Collector::new(timeouts), warm_ups: Collector::new(timeouts) };
        Self {
            state: Arc::clone(state),
            counted,
            warm_ups: warm_ups.map(|(at, _)| plan.phase_name(at)).collect(),
            lines: Vec::new(),
        }
    }

    async fn run(mut self, supervisor: Supervisor, records: Receiver<ClaimRecord>) -> Result<Counted, ReportError> {
        drain(&supervisor, records, &mut self).await?;
        Ok(self.counted)
    }
}

impl Sink for RunnerRecorder {
    fn take(&mut self, record: ClaimRecord) -> Result<(), ReportError> {
        // Writing into memory cannot fail, and a record holds nothing that JSON cannot.
        let _ = serde_json::to_writer(&mut self.lines, &record);
        self.lines.push(b'\n');
        let warm_up = self.warm_ups.contains(&record.phase);
        let into = if warm_up { &mut self.counted.warm_ups } else { &mut self.counted.measured };
        into.record(&record);
        if self.lines.len() >= BLOCK {
            return self.rest();
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), ReportError> {
        self.state.append(&self.lines);
        self.lines.clear();
        Ok(())
    }
}
