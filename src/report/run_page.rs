use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use super::StoredRun;
use super::attribution::attribution;
use super::claim_groups::ClaimGroups;
use super::instants::{INSTANTS, Instant, REMOVAL};
use super::marks::{bands, most_lag, objectives};
use super::page::render;
use super::percentiles::percentiles;
use super::plot::{Band, Plot, secs};
use super::scatter::scatter;
use super::sources::source_plots;
use super::survey::Survey;
use super::text::{end, own_error};
use super::timeline::Timeline;
use super::verdict::{Verdict, verdict};
use crate::config::ConfigError;
use crate::measure::{Attribution, Distribution, Figures, Latency, ObjectiveResult, Summary};

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
    /// What the load sent, in words.
    sent: &'static str,
    end: Option<String>,
    attribution: &'a Attribution,
    instants: Vec<Bar>,
    removal: Vec<Bar>,
    failures: Vec<Failure<'a>>,
    /// p50 and p99 of the ready claims alone, where there are others.
    of_ready: Option<[f64; 2]>,
    claims: ClaimGroups<'a>,
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

/// The page of one run. `summary` is the folder's own, or made of its claims where it has none.
pub fn run_html(run: &StoredRun, summary: &Summary, facts: &PageFacts) -> Result<String, ConfigError> {
    let survey = Survey::of(run, &facts.warm_ups)?;
    let bands = bands(&run.config, summary);
    let attribution = match &summary.attribution {
        Some(attribution) => Cow::Borrowed(attribution),
        None => Cow::Owned(attribution(run, survey.collector.totals(), &facts.warm_ups)?),
    };
    let plots = draw(run, summary, &survey, &bands, &attribution)?;
    let page = Page {
        verdict: verdict(summary, &run.config.validity, run.summary.is_some(), facts.lost),
        summary,
        whole: run.summary.is_some(),
        lost: facts.lost,
        objectives: summary.slo.iter().map(objective).collect(),
        latencies: latencies(summary),
        own_error: own_error(summary),
        sent: summary.load.object.in_words(),
        end: end(summary),
        attribution: &attribution,
        instants: bars(&INSTANTS, &survey.instants),
        removal: bars(&REMOVAL, &survey.removal),
        failures: failures(&survey),
        of_ready: of_ready(summary, &survey),
        claims: ClaimGroups::of(&attribution, &survey, &bands),
        cross_check: summary.figures(Latency::ControllerTimeToReady),
        config: &run.config_text,
    };
    render("run.html", &plots, &page)
}

fn draw(
    run: &StoredRun,
    summary: &Summary,
    survey: &Survey,
    bands: &[Band],
    attribution: &Attribution,
) -> Result<Vec<Plot>, ConfigError> {
    if survey.count == 0 {
        return Ok(Vec::new());
    }
    let mut timeline = Timeline::of(survey);
    let wanted: BTreeSet<u64> = attribution.named().chain(survey.examples().map(|claim| claim.index)).collect();
    let over_time = scatter(run, survey, &mut timeline, &wanted)?;
    let over_time = over_time.with_limits(objectives(summary, &[Latency::TimeToReady]));
    let curves = percentiles(&survey.collector, summary);
    let generator = timeline.generator(most_lag(summary, &run.config.validity));
    let rest = [timeline.rates(), timeline.levels(&run.pools()), timeline.classes(), generator];
    let sources = source_plots(run.metrics(), &timeline.whole().1);
    let mut plots: Vec<Plot> = [over_time].into_iter().chain(curves).chain(rest).chain(sources).collect();
    plots.iter_mut().filter(|plot| plot.is_over_time()).for_each(|plot| plot.bands = bands.to_vec());
    Ok(plots)
}

fn of_ready(summary: &Summary, survey: &Survey) -> Option<[f64; 2]> {
    summary.figures(Latency::TimeToReady).filter(|figures| figures.censored > 0)?;
    let ready = survey.until_ready();
    Some([ready.quantile(0.5)?, ready.quantile(0.99)?])
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

/// The medians one behind the other; one that came before the one ahead of it has no length.
fn bars(instants: &[Instant], offsets: &[Distribution]) -> Vec<Bar> {
    let medians: Vec<_> = offsets.iter().map(|offset| offset.quantile(0.5)).collect();
    let longest = medians.iter().flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut reached = 0.0_f64;
    let bar = |(instant, (offset, median)): (&Instant, (&Distribution, Option<f64>))| {
        let (p50, p99) = (median?, offset.quantile(0.99)?);
        let left = reached.min(p50);
        reached = reached.max(p50);
        let share = |value: f64| (value / longest * 1e4).round() / 100.0;
        Some(Bar { name: instant.name, count: offset.count(), p50, p99, left: share(left), width: share(p50 - left) })
    };
    instants.iter().zip(offsets.iter().zip(medians)).filter_map(bar).collect()
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

/// Names of the phases of a summary that are in no figure.
#[must_use]
pub fn warm_ups(summary: &Summary) -> Vec<String> {
    summary.phases.iter().filter(|phase| phase.warm_up).map(|phase| phase.name.clone()).collect()
}
