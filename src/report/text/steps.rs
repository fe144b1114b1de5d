use super::times::{COLUMNS, row};
use crate::measure::{StepSummary, Summary};
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
    Some(row)
}
