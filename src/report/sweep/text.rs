use std::path::Path;

use super::report::{SweepPoint, SweepReport, setting};
use crate::measure::FigureValue;
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::shown::{bound_sign, shown};
use crate::report::table::{Column, Names, Row, Table};
use crate::report::text::{Ending, exit_line, results_line};
use crate::report::units::seconds;

/// Widest that the settings of a point stand before its figures; what is cut is in the page.
const WIDEST: usize = 48;

/// What is about to be done: `sweep: 12 points in results, 3 of them are there; the same command goes on after a stop`.
#[must_use]
pub fn sweep_begins(report: &SweepReport, folder: &Path) -> String {
    let there = if report.points.is_empty() { String::new() } else { format!(", {} are there", report.points.len()) };
    let folder = folder.display();
    format!("sweep: {} points{there}; if it is stopped, the same command with --out {folder} goes on", report.planned)
}

/// A point that has just ended: `point-03  VALID  load.rate=10: time_to_ready.p50 12.3ms, took 31 s`.
#[must_use]
pub fn sweep_point_line(point: &SweepPoint) -> Line {
    let (tone, validity) = validity(point);
    let each = point.figures.iter().map(|(name, figure)| format!("{name} {}", figure_text(name, figure, seconds)));
    let figures = each.collect::<Vec<_>>().join(", ");
    Line::new(Tone::Plain, format!("{}  ", point.folder.display()))
        .and(tone, validity)
        .and(Tone::Plain, format!("  {}: {figures}, took {:.0} s", setting(&point.values), point.took_s))
        .hanging(4)
}

/// The table of all points.
#[must_use]
pub fn sweep_text(report: &SweepReport, ending: &Ending, look: &Look) -> Screen {
    let mut screen = Screen::from(Line::new(Tone::Strong, headline(report)).hanging(2));
    screen.gap();
    table(report, look, &mut screen);
    screen.gap();
    screen.push(exit_line(ending.exit_code, meaning(report)));
    screen.push(results_line(ending.results));
    screen
}

/// `12 of 12 points; 1 is INVALID`.
pub(super) fn headline(report: &SweepReport) -> String {
    let invalid = match report.points.iter().filter(|point| point.invalid.is_some()).count() {
        0 => String::new(),
        1 => "; 1 is INVALID".into(),
        count => format!("; {count} are INVALID"),
    };
    format!("{} of {} points{invalid}", report.points.len(), report.planned)
}

fn meaning(report: &SweepReport) -> &'static str {
    if !report.done {
        return "interrupted; the same command with this folder goes on";
    }
    if report.points.iter().any(|point| point.invalid.is_some()) {
        "points are INVALID: their figures are partly the generator's own, not the target's"
    } else {
        "all points are there, and each is valid"
    }
}

fn table(report: &SweepReport, look: &Look, screen: &mut Screen) {
    let names: Vec<String> = report.points.iter().map(|point| setting(&point.values)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(WIDEST) + 2;
    let column = |head, rank| Column { head, width: head.len().max(7) + 2, rank };
    let mut columns: Vec<Column> = report.figures.iter().zip(0..).map(|(head, rank)| column(head, rank)).collect();
    let last = columns.len() as u8;
    columns.extend([column("ready", last), column("verdict", last + 1), column("pareto", last + 2)]);
    let table = Table::new(Names { head: "point", width, least: 16 }, &columns, look);
    screen.push(table.head());
    for (point, name) in report.points.iter().zip(names) {
        table.row(&Row { name, cells: cells(report, point), notes: point.invalid.iter().cloned().collect() }, screen);
    }
}

fn cells(report: &SweepReport, point: &SweepPoint) -> Vec<(Tone, String)> {
    let of_figure = |name: &String| {
        let figure = point.figures.get(name).map_or_else(|| "-".into(), |it| figure_text(name, it, seconds));
        (Tone::Plain, figure)
    };
    let mut cells: Vec<_> = report.figures.iter().map(of_figure).collect();
    let (tone, validity) = validity(point);
    cells.push((Tone::Plain, format!("{}/{}", point.outcomes.ready, point.outcomes.total())));
    cells.push((tone, validity.to_owned()));
    cells.push((Tone::Strong, if point.pareto == Some(true) { "*" } else { "-" }.to_owned()));
    cells
}

fn validity(point: &SweepPoint) -> (Tone, &'static str) {
    if point.invalid.is_none() { (Tone::Good, "VALID") } else { (Tone::Bad, "INVALID") }
}

/// A figure with the sign of a bound; `duration` shows seconds.
pub(super) fn figure_text(name: &str, figure: &FigureValue, duration: fn(f64) -> String) -> String {
    let bound = if figure.bound { bound_sign(name) } else { "" };
    figure.value.map_or_else(|| "-".into(), |value| format!("{bound}{}", shown(name, duration)(value)))
}
