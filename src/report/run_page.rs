use serde::Serialize;

use super::StoredRun;
use super::page::render;
use super::percentiles::percentiles;
use super::plot::{Plot, secs};
use super::scatter::scatter;
use super::survey::{REMOVAL, STAGES, Stage, Survey, time_to_ready};
use super::text::{end, own_error};
use super::timeline::Timeline;
use super::verdict::{Verdict, verdict};
use crate::config::ConfigError;
use crate::measure::{ClaimRecord, Distribution, Figures, Latency, ObjectiveResult, Summary};

/// What a page says that neither the folder's summary nor its claims tell.
#[derive(Debug, Clone, Default)]
pub struct PageFacts {
    /// Claims planned that have no line in `claims.jsonl`, after a kill.
    pub lost: u64,
    /// Phases that are in no figure.
    pub warm_ups: Vec<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    verdict: Verdict,
    summary: &'a Summary,
    /// False: made from the claims alone.
    whole: bool,
    lost: u64,
    objectives: Vec<Objective<'a>>,
    latencies: Vec<Row<'a>>,
    own_error: Option<String>,
    end: Option<String>,
    stages: Vec<Bar>,
    removal: Vec<Bar>,
    failures: Vec<Failure<'a>>,
    claims: Vec<Claim<'a>>,
    cross_check: Option<Figures>,
    config: &'a str,
}

#[derive(Serialize)]
struct Objective<'a> {
    result: &'a ObjectiveResult,
    is_seconds: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'static str,
    about: &'static str,
    figures: &'a Figures,
}

/// A part of a claim's life, as shares of the longest.
#[derive(Serialize)]
struct Bar {
    name: &'static str,
    count: u64,
    p50: f64,
    p99: f64,
    left: f64,
    width: f64,
}

#[derive(Serialize)]
struct Failure<'a> {
    reason: &'a str,
    count: u64,
    share: f64,
    first_s: f64,
    last_s: f64,
    example: Option<u64>,
}

#[derive(Serialize)]
struct Claim<'a> {
    record: &'a ClaimRecord,
    intended_s: f64,
    ready_s: Option<f64>,
    outcome: String,
    parts: Vec<Part>,
    earlier: Option<u64>,
    later: Option<u64>,
}

/// A stage of one claim.
#[derive(Serialize)]
struct Part {
    name: &'static str,
    seconds: f64,
    width: f64,
}

/// The page of one run. `summary` is the folder's own, or made of its claims where it has none.
pub fn run_html(run: &StoredRun, summary: &Summary, facts: &PageFacts) -> Result<String, ConfigError> {
    let survey = Survey::of(run, &facts.warm_ups)?;
    let plots = plots(run, &survey)?;
    let page = Page {
        verdict: verdict(summary, run.summary.is_some(), facts.lost),
        summary,
        whole: run.summary.is_some(),
        lost: facts.lost,
        objectives: summary.slo.iter().map(objective).collect(),
        latencies: latencies(summary),
        own_error: own_error(summary),
        end: end(summary),
        stages: bars(&STAGES, &survey.stages),
        removal: bars(&REMOVAL, &survey.removal),
        failures: failures(&survey),
        claims: claims(&survey),
        cross_check: summary.figures(Latency::ControllerTimeToReady),
        config: &run.config_text,
    };
    render("run.html", &plots, &page)
}

fn plots(run: &StoredRun, survey: &Survey) -> Result<Vec<Plot>, ConfigError> {
    if survey.count == 0 {
        return Ok(Vec::new());
    }
    let mut timeline = Timeline::of(run, survey)?;
    let over_time = scatter(run, survey, &mut timeline)?;
    let curves = percentiles(&survey.collector);
    let rest = [timeline.rates(), timeline.levels(&run.pools()), timeline.classes(), timeline.generator()];
    Ok(over_time.into_iter().chain(curves).chain(rest).collect())
}

fn objective(result: &ObjectiveResult) -> Objective<'_> {
    Objective { result, is_seconds: result.is_duration() }
}

fn latencies(summary: &Summary) -> Vec<Row<'_>> {
    let row = |latency: &Latency| {
        let figures = summary.latency_s.get(latency.name())?.as_ref()?;
        Some(Row { name: latency.name(), about: latency.meaning(), figures })
    };
    Latency::ALL.iter().filter_map(row).collect()
}

/// The medians one behind the other; a stage that came before the one ahead of it has no length.
fn bars(stages: &[Stage], offsets: &[Distribution]) -> Vec<Bar> {
    let medians: Vec<_> = offsets.iter().map(|offset| offset.quantile(0.5)).collect();
    let longest = medians.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut reached = 0.0_f64;
    let bar = |((name, _), (offset, median)): (&Stage, (&Distribution, Option<f64>))| {
        let (p50, p99) = (median?, offset.quantile(0.99)?);
        let left = reached.min(p50);
        reached = reached.max(p50);
        let share = |value: f64| (value / longest * 1e4).round() / 100.0;
        Some(Bar { name, count: offset.count(), p50, p99, left: share(left), width: share(p50 - left) })
    };
    stages.iter().zip(offsets.iter().zip(medians)).filter_map(bar).collect()
}

fn failures(survey: &Survey) -> Vec<Failure<'_>> {
    let most = survey.failed.values().map(|failed| failed.count).max().unwrap_or(1) as f64;
    let mut all: Vec<Failure> = survey
        .failed
        .iter()
        .map(|(reason, failed)| Failure {
            reason,
            count: failed.count,
            share: (failed.count as f64 / most * 1e4).round() / 100.0,
            first_s: secs(failed.first_ns),
            last_s: secs(failed.last_ns),
            example: failed.examples.first().map(|claim| claim.index),
        })
        .collect();
    all.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    all
}

/// The slowest, then the first few of each failure; each knows its neighbours in time.
fn claims<'a>(survey: &'a Survey) -> Vec<Claim<'a>> {
    let failed = survey.failed.values().flat_map(|failed| &failed.examples);
    let shown: Vec<&ClaimRecord> = survey.slowest.iter().chain(failed).collect();
    let mut order: Vec<(i64, u64)> = shown.iter().map(|claim| (claim.intended_ns, claim.index)).collect();
    order.sort_unstable();
    let claim = |record: &'a ClaimRecord| {
        let at = order.binary_search(&(record.intended_ns, record.index)).unwrap_or(0);
        Claim {
            record,
            intended_s: secs(record.intended_ns),
            ready_s: time_to_ready(record).filter(|_| record.is_ready()).map(secs),
            outcome: record.end.to_string(),
            parts: parts(record),
            earlier: at.checked_sub(1).map(|before| order[before].1),
            later: order.get(at + 1).map(|(_, index)| *index),
        }
    };
    shown.into_iter().map(claim).collect()
}

/// Where one claim's time went, from intended until it was ready or given up.
fn parts(claim: &ClaimRecord) -> Vec<Part> {
    let end = claim.ready_ns.unwrap_or(claim.ended_ns);
    let whole = (end - claim.intended_ns).max(1) as f64;
    let mut reached = claim.intended_ns;
    let mut parts = Vec::new();
    let ends = STAGES[..5].iter().map(|(name, at)| (*name, at(claim)));
    let given_up = (!claim.is_ready()).then_some(("given up", Some(end)));
    for (name, at) in ends.chain(given_up) {
        // Seen ready before its create was answered: the answer has no part of the time.
        let Some(at) = at.map(|at| at.min(end)).filter(|at| *at > reached) else { continue };
        let width = ((at - reached) as f64 / whole * 1e4).round() / 100.0;
        parts.push(Part { name, seconds: secs(at - reached), width });
        reached = at;
    }
    parts
}

/// Names of the phases of a summary that are in no figure.
#[must_use]
pub fn warm_ups(summary: &Summary) -> Vec<String> {
    summary.phases.iter().filter(|phase| phase.warm_up).map(|phase| phase.name.clone()).collect()
}
