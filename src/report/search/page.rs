use std::path::Path;

use serde::Serialize;

use super::report::{SearchReport, SearchStep};
use super::wording::{answer, reason, relation, word};
use crate::config::ConfigError;
use crate::measure::search::{Limit, Verdict as Decision};
use crate::measure::{Figures, Latency};
use crate::report::marks::unjudged;
use crate::report::page::{PAGE, capitalized, render};
use crate::report::plot::{Axis, Layer, Plot, Series, Style, Unit, extent, short};
use crate::report::verdict::Verdict;

#[derive(Serialize)]
struct Page<'a> {
    verdict: Verdict,
    sentence: String,
    report: &'a SearchReport,
    /// By rate, not in the order they were tried, which the names of their folders tell.
    steps: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    step: &'a SearchStep,
    word: &'static str,
    tone: &'static str,
    /// Its run's page, from this one.
    link: Option<String>,
}

/// The page of a search that stands in `folder`, whose steps lead to their runs' pages, as far as they are there. `None`:
/// it stands elsewhere, and leads nowhere.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn search_html(report: &SearchReport, folder: Option<&Path>) -> Result<String, ConfigError> {
    let mut steps: Vec<Row> = report.steps.iter().map(|step| row(step, folder)).collect();
    steps.sort_by(|one, other| one.step.asked.rate.total_cmp(&other.step.asked.rate));
    let plots: Vec<Plot> = latency(report, &steps).into_iter().collect();
    render("search.html", &plots, &Page { verdict: headline(report), sentence: sentence(report), report, steps })
}

fn headline(report: &SearchReport) -> Verdict {
    let tone = match report.answer {
        Some(answer) if answer.rate.is_some() => {
            if answer.settled || answer.limited_by != Limit::Cluster {
                "good"
            } else {
                "warn"
            }
        }
        Some(_) | None => "bad",
    };
    Verdict { tone, text: answer(report), reasons: Vec::new() }
}

/// What the answer means: `The highest rate that meets time_to_ready.p99<250ms.`
fn sentence(report: &SearchReport) -> String {
    let objectives =
        relation(report).map(|relation| format!("{} {relation} {}.", answer(report), report.slo.join(", ")));
    let reason = Some(reason(report)).filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| format!("{}.", capitalized(reason)));
    [objectives, reason].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn row<'a>(step: &'a SearchStep, folder: Option<&Path>) -> Row<'a> {
    let (word, tone) = word(step.verdict);
    Row { step, word, tone, link: folder.and_then(|folder| link(folder, &step.folder)) }
}

/// A name of other characters is not of a search, and might lead anywhere.
fn link(folder: &Path, step: &str) -> Option<String> {
    let plain = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let page = format!("{step}/{PAGE}");
    (plain && folder.join(&page).is_file()).then_some(page)
}

/// Latency against rate: a line through every step, and a dot for how each ended.
fn latency(report: &SearchReport, steps: &[Row<'_>]) -> Option<Plot> {
    let p99 = |row: &&Row| row.step.time_to_ready_s.map(|figures| figures.p99);
    let figure = |of: fn(&Figures) -> f64| {
        steps.iter().map(move |row| row.step.time_to_ready_s.as_ref().map(of)).collect::<Vec<_>>()
    };
    let dots = |word: &'static str, tone| {
        let (xs, ys) = steps
            .iter()
            .filter(|row| row.word == word)
            .filter_map(|row| Some((row.step.asked.rate, p99(&row)?)))
            .unzip();
        Layer { xs, ys, ..Layer::new(&format!("{word} (p99)"), tone) }
    };
    let series = vec![
        Series::new("p50", "plain", Style::Line, figure(|it| it.p50)),
        Series::new("p99", "first", Style::Line, figure(|it| it.p99)),
        Series::new("max", "third", Style::Dashed, figure(|it| it.max)),
    ];
    let (low, high) = extent(series.iter().flat_map(|one| one.values.iter().copied().flatten()))?;
    let (slowest, fastest) = extent(steps.iter().map(|row| row.step.asked.rate))?;
    let layers = Decision::ALL.map(|verdict| {
        let (word, tone) = word(verdict);
        dots(word, tone)
    });
    let xs = steps.iter().map(|row| short(row.step.asked.rate)).collect();
    let x = Axis { label: "claims a second", unit: Unit::PerSecond, log: true, min: slowest / 1.2, max: fastest * 1.2 };
    let axes = [x, Axis::seconds("time to ready", low, high)];
    let about = "A dot for each step, at its 99th percentile. Each step is a run with a folder of its own.".into();
    let plot = Plot::new("latency-by-rate", "Time to ready against rate", about, axes, xs, series);
    let layers = layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect();
    Some(Plot { layers, wide: true, ..plot }.with_limits(unjudged(&report.slo, Latency::TimeToReady)))
}
