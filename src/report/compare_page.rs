use serde::Serialize;

use super::page::render;
use super::percentiles::curve_plot;
use super::plot::{Axis, Plot, Series, Style, Unit, extent};
use super::survey::Survey;
use super::timeline::Timeline;
use super::verdict::{Verdict, verdict};
use crate::config::ConfigError;
use crate::measure::{ClaimRecord, Difference, Latency, Summary};

/// Change at the ends of the scale on which intervals are drawn.
const SCALE: f64 = 0.5;
/// A drawn interval's least width, in percent of the scale.
const THINNEST: f64 = 1.5;
/// How the two are drawn: the base steps back.
const LOOKS: [(&str, &str, Style); 2] = [("base", "plain", Style::Dashed), ("new", "first", Style::Line)];

/// One of the two sides of a comparison: a run, or a set of runs one after the other.
#[derive(Debug)]
pub struct Compared {
    /// Where it was read.
    pub folder: String,
    /// Of its configuration.
    pub ready_timeout_ns: i64,
    /// All claims.
    pub claims: Vec<ClaimRecord>,
    /// The summary of each run.
    pub summaries: Vec<Summary>,
}

#[derive(Serialize)]
struct Page<'a> {
    verdict: Verdict,
    unlike: &'a [String],
    rows: Vec<Row<'a>>,
    runs: Vec<Side<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    difference: &'a Difference,
    is_fraction: bool,
    word: &'static str,
    tone: &'static str,
    /// Where the interval lies on a scale from -50 % to +50 %, in percent of its width.
    low: f64,
    width: f64,
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'static str,
    folder: &'a str,
    verdicts: Vec<Verdict>,
    summaries: &'a [Summary],
}

/// The page of a comparison, base first.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn compare_html(
    runs: &[Compared; 2],
    unlike: &[String],
    differences: &[Difference],
) -> Result<String, ConfigError> {
    let sides = runs.iter().zip(LOOKS).map(|(one, (name, ..))| Side {
        name,
        folder: &one.folder,
        verdicts: one.summaries.iter().map(|summary| verdict(summary, true, 0)).collect(),
        summaries: &one.summaries,
    });
    let page = Page {
        verdict: judge(runs, differences),
        unlike,
        rows: differences.iter().map(row).collect(),
        runs: sides.collect(),
    };
    render("compare.html", &plots(runs), &page)
}

fn judge(runs: &[Compared; 2], differences: &[Difference]) -> Verdict {
    let count = |is: fn(&Difference) -> bool| differences.iter().filter(|one| is(one)).count();
    let (worse, better) = (count(|one| one.regression), count(|one| one.improvement));
    let (tone, text) = match (worse, better) {
        (0, 0) => ("good", "No difference beyond chance".to_owned()),
        (0, better) => ("good", format!("Better in {better} of {} figures", differences.len())),
        (worse, _) => ("bad", format!("Regression in {worse} of {} figures", differences.len())),
    };
    let doubts = runs.iter().zip(LOOKS).filter(|(one, _)| one.summaries.iter().any(|summary| !summary.valid));
    let reasons = doubts
        .map(|(_, (name, ..))| format!("The {name} run is invalid as a measurement: mind what it is compared with."));
    Verdict { tone, text, reasons: reasons.collect() }
}

fn row(difference: &Difference) -> Row<'_> {
    let place = |value: f64| ((value.clamp(-SCALE, SCALE) + SCALE) / (2.0 * SCALE) * 1e4).round() / 100.0;
    let (low, high) = difference.interval.unwrap_or_default();
    // What lies beyond the scale stands at its end.
    let (low, high) = (place(low).min(100.0 - THINNEST), place(high).max(THINNEST));
    let (word, tone) = match difference {
        it if it.regression => ("regression", "bad"),
        it if it.improvement => ("better", "good"),
        it if it.change.is_none() => ("no figure", "plain"),
        _ => ("within chance", "plain"),
    };
    let is_fraction = difference.metric.ends_with("_fraction");
    Row { difference, is_fraction, word, tone, low, width: (high - low).max(THINNEST) }
}

fn plots(runs: &[Compared; 2]) -> Vec<Plot> {
    let surveys = runs.each_ref().map(|one| {
        let mut survey = Survey::new(one.ready_timeout_ns, Vec::new());
        one.claims.iter().for_each(|claim| survey.record(claim));
        survey
    });
    let both = |of: fn(&Survey) -> i64| surveys.iter().map(of).max().unwrap_or(0);
    let (last, intended) = (both(|survey| survey.last_ns), both(|survey| survey.last_intended_ns));
    let fewest = surveys.iter().map(|survey| survey.count).min().unwrap_or(0);
    let mut timelines = runs.each_ref().map(|one| {
        // The same windows for both, or the lines could not be laid over each other.
        let mut timeline = Timeline::new(last, intended, fewest);
        one.claims.iter().for_each(|claim| timeline.record(claim, one.ready_timeout_ns));
        timeline
    });
    let of = |latency: Latency| {
        let distributions = surveys.iter().map(|survey| survey.collector.distribution(latency)).zip(LOOKS);
        distributions.map(|(distribution, (name, tone, style))| (distribution, name, tone, style)).collect::<Vec<_>>()
    };
    let mut plots: Vec<Plot> = curve_plot(&of(Latency::TimeToReady)).into_iter().collect();
    plots.extend(over_time(&mut timelines, "p50", "Median time to ready", 0.5));
    plots.extend(over_time(&mut timelines, "p99", "99th percentile of time to ready", 0.99));
    plots.push(rates(&timelines));
    plots
}

fn over_time(timelines: &mut [Timeline], id: &'static str, title: &str, quantile: f64) -> Option<Plot> {
    let (xs, end) = timelines[0].intended();
    let series: Vec<_> = timelines
        .iter_mut()
        .zip(LOOKS)
        .map(|(timeline, (name, tone, style))| Series::new(name, tone, style, timeline.time_to_ready(quantile)))
        .collect();
    let (low, high) = extent(series.iter().flat_map(|one| one.values.iter().copied().flatten()))?;
    Some(Plot {
        id,
        title: title.into(),
        about: format!("By the instant the claims were intended; {}.", timelines[0].grain()),
        x: Axis::time(end),
        y: Axis::seconds("time to ready", low, high),
        xs,
        series,
        layers: Vec::new(),
        wide: false,
    })
}

fn rates(timelines: &[Timeline]) -> Plot {
    let looks = timelines.iter().zip(LOOKS);
    let series: Vec<_> =
        looks.map(|(timeline, (name, tone, _))| Series::new(name, tone, Style::Step, timeline.ready_rate())).collect();
    let (xs, x) = timelines[0].whole();
    Plot {
        id: "rate",
        title: "Ready".into(),
        about: format!("Claims that became ready a second; {}.", timelines[0].grain()),
        x,
        y: Axis::linear("claims a second", Unit::PerSecond, &series),
        xs,
        series,
        layers: Vec::new(),
        wide: true,
    }
}
