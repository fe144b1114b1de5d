use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::SystemTime;

use tokio::sync::mpsc;

use super::desk::Desk;
use super::protocol::{Farewell, Orders, Stage};
use super::serve::serve;
use crate::load::{Load, Owner, Plan, Played, Stop};
use crate::measure::{ClaimRecord, Collector, Latency};
use crate::report::{ReportError, interval_log};
use crate::run::cost::{cpu_s, max_rss_bytes};
use crate::run::recorder::{RECORDS, Sink, drain};
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
/// [`RunError::Start`] where it cannot listen. What goes wrong later the coordinator is told.
pub fn serve_runner(options: RunnerOptions) -> Result<i32, RunError> {
    let desk = Arc::new(Desk::new(options.stop));
    let listener = std::net::TcpListener::bind(options.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // On a thread of its own: what the coordinator asks for must not make a claim late.
    let server = runtime()?;
    let at_desk = Arc::clone(&desk);
    thread::Builder::new().name("coordinator".into()).spawn(move || {
        server.block_on(async {
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                serve(listener, at_desk).await;
            }
        });
    })?;
    writeln!(std::io::stdout(), "listening on {address}")?;
    let runtime = runtime()?;
    let code = runtime.block_on(async {
        let Some(orders) = desk.orders().await else { return 1 };
        if let Err(error) = Box::pin(play(&options.target, orders, &desk)).await {
            eprintln!("error: {error}");
            desk.fail(error.to_string());
        }
        i32::from(!desk.dismissed().await)
    });
    Ok(code)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn play(target: &Target, orders: Orders, desk: &Arc<Desk>) -> Result<(), RunError> {
    desk.enter(Stage::Preparing);
    let ours = env!("CARGO_PKG_VERSION");
    if orders.version != ours {
        return Err(RunError::Runners(format!(
            "the image holds version {ours}, the coordinator is {}",
            orders.version
        )));
    }
    let Orders { run_id, runner, config, traces, .. } = orders;
    let seed = config.load.seed.unwrap_or_default();
    let missing = || std::io::Error::other("the coordinator sent no such file");
    let plan = Plan::with_files(&config.load, seed, &|path| traces.get(path).cloned().ok_or_else(missing))?;
    let opened = target.open(&config).await?;
    let owner = Owner { run_id, runner: Some(runner) };
    let load = Load::prepare(&opened.kube, &config, plan.clone(), owner).await?;
    let counters = Arc::clone(&load.counters);
    desk.count_with(&counters);
    let (sender, receiver) = mpsc::channel(RECORDS);
    let keeper = Keeper::new(desk, &plan, config.load.ready_timeout.nanos());
    let keeper = thread::Builder::new().name("recorder".into()).spawn(move || keeper.run(receiver))?;
    let cpu_before = cpu_s();
    let mut started = SystemTime::now();
    let played = load.play(desk.stop.clone(), sender, async || {
        let at = desk.wait_for_start().await;
        started = SystemTime::now();
        at
    });
    let played = played.await;
    let collectors = keeper.join().map_err(|_| std::io::Error::other("the recorder panicked"))??;
    let mut farewell = farewell(played?, &collectors, started);
    farewell.invalid_reasons = collectors.measured.invalid_reasons(&config.validity, false);
    farewell.cpu_s = cpu_s() - cpu_before;
    farewell.peak_in_flight = counters.peak_in_flight.load(Ordering::Relaxed);
    farewell.peak_alive = counters.peak_alive.load(Ordering::Relaxed);
    desk.end(farewell);
    Ok(())
}

fn farewell(played: Played, counted: &Counted, started: SystemTime) -> Farewell {
    let measured = &counted.measured;
    Farewell {
        outcomes: counted.outcomes(),
        achieved_ratio: measured.achieved_ratio(),
        schedule_lag_p99_s: measured.distribution(Latency::ScheduleLag).quantile(0.99),
        invalid_reasons: Vec::new(),
        cpu_s: 0.0,
        max_rss_bytes: max_rss_bytes(),
        connections_opened: played.connections_opened,
        watch_relists: played.watch_relists,
        peak_in_flight: 0,
        peak_alive: 0,
        leftovers: played.leftovers,
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
struct Keeper {
    desk: Arc<Desk>,
    counted: Counted,
    warm_ups: Vec<Option<String>>,
    lines: Vec<u8>,
}

impl Keeper {
    fn new(desk: &Arc<Desk>, plan: &Plan, ready_timeout_ns: i64) -> Self {
        let warm_ups = plan.phases.iter().enumerate().filter(|(_, phase)| phase.phase.warm_up);
        let counted =
            Counted { measured: Collector::new(ready_timeout_ns), warm_ups: Collector::new(ready_timeout_ns) };
        Self {
            desk: Arc::clone(desk),
            counted,
            warm_ups: warm_ups.map(|(at, _)| plan.phase_name(at)).collect(),
            lines: Vec::new(),
        }
    }

    fn run(mut self, records: mpsc::Receiver<ClaimRecord>) -> Result<Counted, ReportError> {
        drain(records, &mut self)?;
        Ok(self.counted)
    }
}

impl Sink for Keeper {
    fn take(&mut self, record: &ClaimRecord) -> Result<(), ReportError> {
        // Writing into memory cannot fail, and a record holds nothing that JSON cannot.
        let _ = serde_json::to_writer(&mut self.lines, record);
        self.lines.push(b'\n');
        let warm_up = self.warm_ups.contains(&record.phase);
        let into = if warm_up { &mut self.counted.warm_ups } else { &mut self.counted.measured };
        into.record(record);
        if self.lines.len() >= BLOCK {
            return self.rest();
        }
        Ok(())
    }

    fn rest(&mut self) -> Result<(), ReportError> {
        self.desk.append(&self.lines);
        self.lines.clear();
        Ok(())
    }
}
