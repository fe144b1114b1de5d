use serde::Serialize;

use super::page::render;
use super::plot::{Axis, Layer, Plot, Series, Style, Unit, extent, short};
use super::search::{SearchReport, SearchStep, rate, verdict};
use super::verdict::Verdict;
use crate::config::ConfigError;
use crate::measure::{self, Limit};

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
    steps.sort_by(|one, other| one.step.rate.total_cmp(&other.step.rate));
    let plots: Vec<Plot> = latency(&steps).into_iter().collect();
    render("search.html", &plots, &Page { verdict: headline(report), sentence: sentence(report), report, steps })
}

fn headline(report: &SearchReport) -> Verdict {
    let answer = report.answer.map(|answer| (answer.rate, answer.limited_by));
    let (tone, text) = match answer {
        Some((Some(found), Limit::Cluster)) => ("good", format!("{} claims/s", rate(found))),
        Some((Some(found), Limit::Steps)) => ("warn", format!("{} claims/s, not settled", rate(found))),
        Some((Some(found), _)) => ("good", format!("At least {} claims/s", rate(found))),
        Some((None, Limit::Generator)) | None => ("bad", "No answer".to_owned()),
        Some((None, _)) => ("bad", "No rate tried meets the objectives".to_owned()),
    };
    Verdict { tone, text, reasons: Vec::new() }
}

fn sentence(report: &SearchReport) -> String {
    format!("{}.", verdict(report).trim_end().trim_end_matches('.'))
}

fn row((at, step): (usize, &SearchStep)) -> Row<'_> {
    let (word, tone) = match step.verdict {
        measure::Verdict::Met => ("met", "good"),
        measure::Verdict::Missed => ("missed", "bad"),
        measure::Verdict::GeneratorLimit => ("generator limit", "warn"),
    };
    Row { step, tried: at + 1, word, tone }
}

/// Latency against rate: a line through every step, and a dot for how each ended.
fn latency(steps: &[Row<'_>]) -> Option<Plot> {
    let p99 = |row: &&Row| row.step.time_to_ready_s.map(|figures| figures.p99);
    let figure = |of: fn(&measure::Figures) -> f64| {
        steps.iter().map(move |row| row.step.time_to_ready_s.as_ref().map(of)).collect::<Vec<_>>()
    };
    let dots = |word: &'static str, tone| {
        let (xs, ys) =
            steps.iter().filter(|row| row.word == word).filter_map(|row| Some((row.step.rate, p99(&row)?))).unzip();
        Layer { label: format!("{word} (p99)"), tone, xs, ys, counts: Vec::new(), width: 0.0, factor: 1.0 }
    };
    let series = vec![
        Series::new("p50", "plain", Style::Line, figure(|it| it.p50)),
        Series::new("p99", "first", Style::Line, figure(|it| it.p99)),
        Series::new("max", "third", Style::Dashed, figure(|it| it.max)),
    ];
    let (low, high) = extent(series.iter().flat_map(|one| one.values.iter().copied().flatten()))?;
    let (slowest, fastest) = extent(steps.iter().map(|row| row.step.rate))?;
    let layers = [dots("met", "good"), dots("missed", "bad"), dots("generator limit", "warn")];
    Some(Plot {
        id: "latency-by-rate",
        title: "Time to ready against rate".into(),
        about: "A dot for each step, at its 99th percentile; steps are runs with folders of their own.".into(),
        x: Axis { label: "claims a second", unit: Unit::PerSecond, log: true, min: slowest / 1.2, max: fastest * 1.2 },
        y: Axis::seconds("time to ready", low, high),
        xs: steps.iter().map(|row| short(row.step.rate)).collect(),
        series,
        layers: layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect(),
        wide: true,
    })
}
