use super::times::{COLUMNS, row};
use crate::config::ByteSize;
use crate::measure::{Percentile, StepSummary, Summary};
use crate::report::screen::{Look, Screen};
use crate::report::table::{Names, Row, Table};

const NAMES: Names = Names { head: "step", width: 22, least: 13 };

/// How long each step of the sessions took, and how many failed.
pub(super) fn steps(summary: &Summary, look: &Look, screen: &mut Screen) {
    if summary.steps.is_empty() {
        return;
    }
    let columns = COLUMNS.map(|(_, column)| column);
    let table = Table::new(NAMES, &columns, look);
    screen.gap();
    screen.push(table.head());
    for step in summary.steps.iter().filter_map(step) {
        table.row(&step, screen);
    }
}

fn step(step: &StepSummary) -> Option<Row> {
    let mut row = row(step.name.clone(), &step.latency_s?);
    let counts = &step.counts;
    let reasons = counts.reasons.iter().map(|(reason, count)| format!("{count} {reason}"));
    let reasons: Vec<String> = reasons.collect();
    if counts.failed > 0 {
        row.notes.insert(0, format!("{} of {} failed: {}", counts.failed, counts.attempted, reasons.join(", ")));
    }
    row.notes.extend(rate(step));
    Some(row)
}

/// `1MB: p50 80.2 MB/s, p99 31.4 MB/s`; `<` before an upper bound.
fn rate(step: &StepSummary) -> Option<String> {
    let (bytes, rates, latency) = (step.bytes?, step.mb_per_s?, step.latency_s?);
    let each = [Percentile::P50, Percentile::P99].map(|percentile| {
        let bound = if latency.bounds.contains(percentile.statistic()) { "<" } else { "" };
        format!("{percentile} {bound}{} MB/s", three_digits(rates.of(percentile)))
    });
    let size = ByteSize::of(bytes).map_or_else(|| format!("{bytes}B"), |size| size.to_string());
    Some(format!("{size}: {}", each.join(", ")))
}

/// As many digits as a latency has.
fn three_digits(value: f64) -> String {
    let decimals = (2.0 - value.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.decimals$}")
}
