use serde::Serialize;

use super::report::{HistoryReport, HistoryRun, HistorySeries};
use super::text::{found, headline, notes, step, title};
use crate::config::ConfigError;
use crate::measure::Metric;
use crate::report::page::{render, spaced};
use crate::report::plot::{Axis, Layer, Plot, Series, Style, Unit};
use crate::report::shown::{bound_sign, bound_word, shown};

#[derive(Serialize)]
struct Page<'a> {
    headline: String,
    report: &'a HistoryReport,
    series: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    title: String,
    found: String,
    changes: Vec<Change>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Change {
    /// As the plot counts runs, from 1.
    run: usize,
    run_id: String,
    started_at: String,
    step: String,
    tone: &'static str,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    run: usize,
    run_id: String,
    started_at: String,
    value: String,
    interval: String,
    invalid: Option<String>,
    notes: Vec<String>,
}

/// The page of a history: one file that loads nothing.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn history_html(report: &HistoryReport) -> Result<String, ConfigError> {
    let plots: Vec<Plot> =
        report.series.iter().enumerate().map(|(place, series)| plot(report, place, series)).collect();
    let series = report.series.iter().map(|series| section(report, series)).collect();
    render("history.html", &plots, &Page { headline: headline(report), report, series })
}

fn section(report: &HistoryReport, series: &HistorySeries) -> Shown {
    let show = shown(&report.figure, spaced);
    let changes = series.changes.iter().map(|change| Change {
        run: change.run + 1,
        run_id: change.run_id.clone(),
        started_at: change.started_at.clone(),
        step: step(change, &show),
        tone: if change.after > change.before { "bad" } else { "good" },
        notes: notes(&series.runs[change.run]),
    });
    let sign = bound_sign(&report.figure);
    let rows = series.runs.iter().enumerate().map(|(place, run)| row(place, run, &show, sign));
    Shown { title: name(report, series), found: found(series), changes: changes.collect(), rows: rows.collect() }
}

fn row(place: usize, run: &HistoryRun, show: &impl Fn(f64) -> String, sign: &str) -> Row {
    let bound = if run.bound { format!("{sign} ") } else { String::new() };
    let end = |end: Option<f64>| end.map_or_else(|| "–".into(), show);
    Row {
        run: place + 1,
        run_id: run.run_id.clone(),
        started_at: run.started_at.clone(),
        value: run.value.map_or_else(|| "–".into(), |value| format!("{bound}{}", show(value))),
        interval: run.interval.map_or_else(|| "–".into(), |(low, high)| format!("{} to {}", end(low), end(high))),
        invalid: run.invalid.clone(),
        notes: notes(run),
    }
}

fn name(report: &HistoryReport, series: &HistorySeries) -> String {
    title(report, series).unwrap_or_else(|| "All runs".into())
}

/// Runs in order of time, at even distances: a dot each, their intervals, and the levels.
fn plot(report: &HistoryReport, place: usize, series: &HistorySeries) -> Plot {
    let runs = &series.runs;
    let end = |of: fn(&HistoryRun) -> Option<f64>| runs.iter().map(of).collect::<Vec<_>>();
    let lines = vec![
        Series::new("lower end", "plain", Style::Dashed, end(|run| run.interval?.0)),
        Series::new("upper end", "plain", Style::Dashed, end(|run| run.interval?.1)),
        Series::new("level", "second", Style::Step, series.levels()),
        Series::new(&report.figure, "first", Style::Line, end(|run| run.value.filter(|_| run.counts()))),
    ];
    let dots = |label: &str, tone: &'static str, is: fn(&HistoryRun) -> bool| {
        let of = runs.iter().zip(1..).filter(|(run, _)| is(run));
        let (xs, ys) = of.filter_map(|(run, number)| Some((f64::from(number), run.value?))).unzip();
        Layer { xs, ys, ..Layer::new(label, tone) }
    };
    let layers = [
        dots("valid", "first", |run| run.counts() && !run.bound),
        dots(bound_word(&report.figure), "warn", |run| run.counts() && run.bound),
        dots("INVALID, left out", "bad", |run| run.invalid.is_some()),
    ];
    let is_duration = Metric::of_name(&report.figure).is_some_and(|metric| metric.is_duration());
    let unit = if is_duration { Unit::Seconds } else { Unit::Count };
    let highest = layers.iter().flat_map(|layer| &layer.ys).copied().fold(0.0, f64::max);
    let y = Axis::linear("figure", unit, &lines);
    let y = Axis { max: y.max.max(highest * 1.08), ..y };
    let x = Axis { label: "run", unit: Unit::Count, log: false, min: 0.5, max: runs.len() as f64 + 0.5 };
    let about = "Runs in order of time, with their 95 % intervals. The level is the median between two change points.";
    let xs = (1..=runs.len()).map(|number| number as f64).collect();
    let id = format!("series-{place}");
    let plot = Plot::new(&id, &name(report, series), about.into(), [x, y], xs, lines);
    Plot { wide: true, layers: layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect(), ..plot }
}
