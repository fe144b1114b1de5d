use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::guard::refuse_rate;
use super::report::{PAGE, write_page};
use super::{OnProgress, RunError, RunOptions, Target, run};
use crate::cluster::kube_client;
use crate::config::{self, Comparison, Config, ConfigError, DEFAULT_RATE, Objective};
use crate::load::{Stop, new_run_id};
use crate::measure::{
    End, InvalidReason, Latency, Limit, Metric, Next, NotSentReason, Search, Summary, Verdict, Word, check_objectives,
};
use crate::preflight::REFILL_S;
use crate::report::{SearchReport, SearchStep, search_html, write_file};
use crate::stack::recover;

/// A step shows a queue only if it outlasts it.
const SHORTEST_STEP_S: f64 = 10.0;
const LIMITS_PER_STEP: f64 = 40.0;
/// Sandboxes of the embedded simulator's pool, at least.
const SMALLEST_POOL: f64 = 100.0;

/// Called after each step.
pub type OnStep = Arc<dyn Fn(&SearchStep) + Send + Sync>;

/// What to search.
pub struct SearchOptions {
    /// The load at the first rate to try, the objectives, tolerance and highest rate.
    pub config: Config,
    /// On what.
    pub target: Target,
    /// Ends it early.
    pub stop: Stop,
    /// Go on where preflight finds that the cluster cannot carry a step, or that another run has the pool.
    pub force: bool,
    /// Rates beyond what a named cluster is spared of are meant.
    pub yes: bool,
    /// Told of each step.
    pub on_step: Option<OnStep>,
    /// Told how a step stands.
    pub progress: Option<OnProgress>,
}

/// A search's result.
#[derive(Debug)]
pub struct SearchResult {
    /// As in `search.json`.
    pub report: SearchReport,
    /// The search's folder.
    pub out_dir: PathBuf,
}

impl SearchResult {
    /// The command's exit code: 130 interrupted, 1 ended early, 3 the generator could send nothing, 4 no rate met, else 0.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match (&self.report.answer, &self.report.ended_early) {
            (None, None) => 130,
            (None, Some(_)) => 1,
            (Some(answer), _) if answer.rate.is_some() => 0,
            (Some(answer), _) if answer.limited_by == Limit::Generator => 3,
            _ => 4,
        }
    }
}

/// Searches the highest rate that meets the objectives, blocking. Each step is a run with a folder of its own.
///
/// # Errors
/// [`RunError`] of the first step, and bad input. A later step that fails ends the search: its report says why.
pub fn search(options: &SearchOptions) -> Result<SearchResult, RunError> {
    check(options)?;
    let out_dir = options.config.output.dir.clone();
    let out_dir = out_dir.unwrap_or_else(|| PathBuf::from(format!("asb-search-{}", new_run_id())));
    crate::report::RunFolder::check(&out_dir)?;
    let first = options.config.load.shape.arrivals.rate().unwrap_or(DEFAULT_RATE);
    let mut report = new_report(options);
    // A step of less than one claim would be none.
    let (min_rate, max_rate) = (1.0 / report.step_s, options.config.search.max_rate);
    let mut search = Search::new(first, min_rate, max_rate, options.config.search.tolerance);
    loop {
        let rate = match search.next() {
            Next::Done(answer) => {
                report.answer = Some(answer);
                break;
            }
            Next::Try(rate) => rate,
        };
        let step = match step(options, &report, rate, &out_dir) {
            Ok(step) => step,
            Err(RunError::Interrupted) if !report.steps.is_empty() => break,
            Err(error) if !report.steps.is_empty() => {
                report.ended_early = Some(format!("at {rate:.2} claims/s: {error}"));
                break;
            }
            Err(error) => return Err(error),
        };
        let Some(step) = step else { break };
        search.record(rate, step.verdict);
        if let Some(tell) = &options.on_step {
            tell(&step);
        }
        report.steps.push(step);
        save(&report, &out_dir)?;
    }
    save(&report, &out_dir)?;
    Ok(SearchResult { report, out_dir })
}

fn save(report: &SearchReport, out_dir: &Path) -> Result<(), RunError> {
    write_file(&out_dir.join("search.json"), report)?;
    Ok(write_page("output.dir", &out_dir.join(PAGE), &search_html(report)?)?)
}

fn check(options: &SearchOptions) -> Result<(), ConfigError> {
    let config = &options.config;
    let refuse = |field: &str, got: String, allowed: &str| Err(ConfigError::not_allowed(field, got, allowed));
    if config.slo.is_empty() {
        return refuse("slo", "no objective".into(), "one or more, such as time_to_ready.p99<500ms");
    }
    check_objectives(&config.slo, config.load.ready_timeout)?;
    if options.target != Target::Simulator && !options.yes {
        refuse_rate("search.max_rate", config.search.max_rate)?;
    }
    if !config.load.phases.is_empty() {
        return refuse("load.phases", "phases".into(), "none: a search drives load.rate");
    }
    if config.load.shape.arrivals.clone().rate_mut().is_none() {
        let name = config.load.shape.arrivals.name();
        return refuse("load.arrivals", name.into(), "constant or poisson: a search drives load.rate");
    }
    Ok(())
}

fn new_report(options: &SearchOptions) -> SearchReport {
    let config = &options.config;
    SearchReport {
        schema_version: 1,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        target: options.target.kind().into(),
        slo: config.slo.iter().map(ToString::to_string).collect(),
        tolerance: config.search.tolerance,
        arrivals: config.load.shape.arrivals.name().into(),
        step_s: step_s(config),
        answer: None,
        ended_early: None,
        steps: Vec::new(),
    }
}

/// As long as the configuration says, but at least 10 s and 40 times the longest latency an objective allows.
fn step_s(config: &Config) -> f64 {
    let upper = |objective: &&Objective| matches!(objective.comparison, Comparison::Less | Comparison::AtMost);
    let of_server = |objective: &&Objective| match Metric::of_name(&objective.metric) {
        Some(Metric::Latency(latency, statistic)) => latency.is_of_server() && statistic.is_duration(),
        Some(Metric::Single(_) | Metric::Outcome(_) | Metric::Class(_) | Metric::Reason(_)) | None => false,
    };
    let latencies = config.slo.iter().filter(upper).filter(of_server);
    let longest = latencies.map(|objective| objective.limit).fold(0.0, f64::max);
    let own = config.load.shape.duration.map_or(0.0, config::Duration::secs);
    own.max(SHORTEST_STEP_S).max(LIMITS_PER_STEP * longest)
}

/// Runs one step once the pools are full; `None` where it was interrupted.
fn step(
    options: &SearchOptions,
    report: &SearchReport,
    rate: f64,
    out_dir: &Path,
) -> Result<Option<SearchStep>, RunError> {
    if options.stop.is_stopped() {
        return Ok(None);
    }
    if options.target != Target::Simulator && !report.steps.is_empty() {
        wait_for_pools(&options.config, &options.target, &options.stop)?;
    }
    let folder = format!("step-{:02}", report.steps.len() + 1);
    let mut config = options.config.clone();
    let shape = &mut config.load.shape;
    if let Some(driven) = shape.arrivals.rate_mut() {
        *driven = Some(rate);
    }
    shape.total = None;
    shape.duration = config::Duration::from_secs_f64(report.step_s);
    config.output.dir = Some(out_dir.join(&folder));
    if options.target == Target::Simulator && config.stack.sandbox_warmpool.replicas.is_none() {
        let replicas = pool_for(rate, &config).max(SMALLEST_POOL);
        config.stack.sandbox_warmpool.replicas = Some(replicas as u32);
    }
    let done = run(RunOptions {
        config,
        target: options.target.clone(),
        stop: options.stop.clone(),
        progress: options.progress.clone(),
        force: options.force,
        yes: options.yes,
    })?;
    Ok((!done.summary.interrupted).then(|| judge(rate, folder, &done.summary)))
}

/// Sandboxes that a pool needs for a rate: those held, and those being replaced.
fn pool_for(rate: f64, config: &Config) -> f64 {
    (rate * (config.workload.hold.secs() + REFILL_S)).ceil()
}

/// Waits until the pools of a load are full again, blocking.
pub(super) fn wait_for_pools(config: &Config, target: &Target, stop: &Stop) -> Result<(), RunError> {
    let pools = config.load.pools();
    let limit = Duration::from(config.stack.wait_timeout);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let opened = target.open(config).await?;
        let client = kube_client(&opened.kube).await?;
        tokio::select! {
            done = recover(&client, &pools, limit) => Ok(done?),
            () = stop.stopped() => Err(RunError::Interrupted),
        }
    })
}

/// The generator's own limits come first: a step that it could not send says nothing of the cluster. A load that met the
/// limit of claims in flight is one the cluster did not keep up with.
fn judge(rate: f64, folder: String, summary: &Summary) -> SearchStep {
    let missed = summary.slo.iter().filter(|objective| !objective.met);
    let mut because: Vec<String> = missed
        .map(|it| {
            format!(
                "{} missed: {}",
                it.expression,
                it.value.map_or_else(|| "no figure".into(), |value| format!("{value:.4}"))
            )
        })
        .collect();
    let full = summary.reasons.get(&End::NotSent(NotSentReason::MaxInFlight).to_string()).copied().unwrap_or(0);
    if full > 0 {
        because.push(format!("{full} claims met load.max_in_flight"));
    }
    let verdict = match (summary.invalid_reasons.iter().any(hides_the_cluster), because.is_empty()) {
        (true, _) => Verdict::GeneratorLimit,
        // Where the watch had gaps, latencies are upper bounds: what meets a limit all the same meets it.
        (false, true) => Verdict::Met,
        _ => Verdict::Missed,
    };
    because.extend(summary.invalid_reasons.iter().map(|reason| format!("invalid: {reason}")));
    SearchStep {
        rate,
        verdict,
        because,
        folder,
        planned: summary.load.planned,
        achieved_ratio: summary.achieved_ratio,
        outcomes: summary.outcomes,
        classes: summary.classes,
        time_to_ready_s: summary.figures(Latency::TimeToReady),
        schedule_lag_p99_s: summary.figures(Latency::ScheduleLag).map(|it| it.p99),
        warnings: summary.warnings.clone(),
    }
}

/// True where a step that is invalid for this reason says nothing of the cluster.
fn hides_the_cluster(reason: &Word<InvalidReason>) -> bool {
    match reason {
        Word::Known(InvalidReason::WatchGap) => false,
        Word::Known(
            InvalidReason::Interrupted
            | InvalidReason::GeneratorLate
            | InvalidReason::AchievedRatio
            | InvalidReason::RunnerLost,
        )
        | Word::Other(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step_of(slo: &[&str], duration: Option<&str>) -> u64 {
        let load = duration.map_or(json!({}), |duration| json!({"duration": duration}));
        step_s(&config::from_value(json!({"slo": slo, "load": load}), &[]).unwrap()) as u64
    }

    #[test]
    fn a_step_outlasts_the_queue_it_is_to_show() {
        assert_eq!(step_of(&["time_to_ready.p99<100ms"], None), 10);
        assert_eq!(step_of(&["time_to_ready.p99<1s", "warm_fraction>=0.99"], None), 40);
        assert_eq!(step_of(&["time_to_ready.p99<1s"], Some("60s")), 60);
    }
}
