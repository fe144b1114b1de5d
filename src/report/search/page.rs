use serde::Serialize;

use super::report::{SearchReport, SearchStep};
use super::wording::{answer, reason, relation, word};
use crate::config::ConfigError;
use crate::measure::Figures;
use crate::measure::search::{Limit, Verdict as Decision};
use crate::report::page::render;
use crate::report::plot::{Axis, Layer, Plot, Series, Style, Unit, extent, short};
use crate::report::verdict::Verdict;

#[derive(Serialize)]
struct Page<'a> {
    verdict: Verdict,
    sentence: String,
    report: &'a SearchReport,
    /// By rate, not in the order they were tried.
    steps: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    step: &'a SearchStep,
    /// Place in the order they were tried, from 1.
    tried: usize,
    word: &'static str,
    tone: &'static str,
}

/// The page of a search.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn search_html(report: &SearchReport) -> Result<String, ConfigError> {
    let mut steps: Vec<Row> = report.steps.iter().enumerate().map(row).collect();
    steps.sort_by(|one, other| one.step.asked.rate.total_cmp(&other.step.asked.rate));
    let plots: Vec<Plot> = latency(&steps).into_iter().collect();
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
    let reason = Some(reason(report)).filter(|reason| !reason.is_empty()).map(|reason| format!("{reason}."));
    [objectives, reason].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn row((at, step): (usize, &SearchStep)) -> Row<'_> {
    let (word, tone) = word(step.verdict);
    Row { step, tried: at + 1, word, tone }
}

/// Latency against rate: a line through every step, and a dot for how each ended.
fn latency(steps: &[Row<'_>]) -> Option<Plot> {
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
        Layer { label: format!("{word} (p99)"), tone, xs, ys, counts: Vec::new(), width: 0.0, factor: 1.0 }
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
    Some(Plot {
        id: "latency-by-rate",
        title: "Time to ready against rate".into(),
        about: "A dot for each step, at its 99th percentile; steps are runs with folders of their own.".into(),
        x: Axis { label: "claims a second", unit: Unit::PerSecond, log: true, min: slowest / 1.2, max: fastest * 1.2 },
        y: Axis::seconds("time to ready", low, high),
        xs: steps.iter().map(|row| short(row.step.asked.rate)).collect(),
        series,
        layers: layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect(),
        wide: true,
    })
}
