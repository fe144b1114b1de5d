use std::path::Path;

use serde::Serialize;

use super::panel::{axis_of, dots, panels};
use super::report::{SweepPoint, SweepReport, plain};
use super::text::{figure_text, headline};
use crate::config::ConfigError;
use crate::report::page::{render, spaced};
use crate::report::plot::{Plot, Series, Style, Unit};

#[derive(Serialize)]
struct Page<'a> {
    headline: String,
    report: &'a SweepReport,
    rows: Vec<Row<'a>>,
    /// Plots from here on are of the two figures together.
    pareto_at: Option<usize>,
}

#[derive(Serialize)]
struct Row<'a> {
    point: &'a SweepPoint,
    /// Its run's page, from this one.
    link: Option<String>,
    values: Vec<String>,
    figures: Vec<String>,
}

/// The page of a sweep that stands in `folder`: one file that loads nothing.
///
/// # Errors
/// A [`ConfigError`] where the page cannot be made.
pub fn sweep_html(report: &SweepReport, folder: &Path) -> Result<String, ConfigError> {
    let mut plots: Vec<Plot> = report.figures.iter().flat_map(|figure| panels(report, figure)).collect();
    let both = pareto_plot(report);
    let pareto_at = both.is_some().then_some(plots.len());
    plots.extend(both);
    let rows = report.points.iter().map(|point| row(report, point, folder)).collect();
    render("sweep.html", &plots, &Page { headline: headline(report), report, rows, pareto_at })
}

fn row<'a>(report: &SweepReport, point: &'a SweepPoint, folder: &Path) -> Row<'a> {
    let value = |key: &String| point.values.get(key).map_or_else(String::new, plain);
    let figure = |name: &String| point.figures.get(name).map_or_else(|| "–".into(), |it| figure_text(name, it, spaced));
    Row {
        point,
        link: SweepReport::link(folder, point),
        values: report.keys.iter().map(|key| value(&key.key)).collect(),
        figures: report.figures.iter().map(figure).collect(),
    }
}

/// One figure against the other: a dot for each point, and a line through those that no other is better than.
fn pareto_plot(report: &SweepReport) -> Option<Plot> {
    let [one, other] = &report.figures[..] else { return None };
    let place = |point: &SweepPoint| Some((point.figures.get(one)?.value?, point.figures.get(other)?.value?));
    let all: Vec<(f64, f64)> = report.points.iter().filter_map(place).collect();
    if all.is_empty() {
        return None;
    }
    let mut best: Vec<(f64, f64)> =
        report.points.iter().filter(|point| point.pareto == Some(true)).filter_map(place).collect();
    best.sort_by(|it, next| it.0.total_cmp(&next.0));
    best.dedup();
    let (xs, ys): (Vec<f64>, Vec<f64>) = all.into_iter().unzip();
    let axes = [axis_of(one, "value", Unit::Duration, &xs), axis_of(other, "figure", Unit::Seconds, &ys)];
    let line = Series::new("Pareto line", "first", Style::Line, best.iter().map(|(_, y)| Some(*y)));
    let layer = |(label, tone)| {
        let of = report.points.iter().filter(|point| kind(point, [one, other]) == label);
        dots(label, tone, of.filter_map(place))
    };
    let layers = [("valid", "first"), ("bound", "warn"), ("INVALID", "bad")].into_iter().filter_map(layer);
    let about = format!(
        "From left to right: {one}. No point is better in one figure and as good in the other than those of the line."
    );
    let xs = best.into_iter().map(|(x, _)| x).collect();
    let plot = Plot::new("pareto", &format!("{other} against {one}"), about, axes, xs, vec![line]);
    Some(Plot { wide: true, layers: layers.collect(), ..plot })
}

fn kind(point: &SweepPoint, figures: [&String; 2]) -> &'static str {
    let bound = figures.into_iter().any(|name| point.figures.get(name).is_some_and(|figure| figure.bound));
    match (&point.invalid, bound) {
        (Some(_), _) => "INVALID",
        (None, true) => "bound",
        (None, false) => "valid",
    }
}
