use crate::measure::{Class, Ends, Figures, Latency, PhaseSummary, Statistic, Summary};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Column, Names, Row, Table};
use crate::report::units::seconds;

/// The figures of a row, and which of them stay on a narrow terminal.
pub(super) const COLUMNS: [(Statistic, Column); 6] = [
    (Statistic::Count, Column { head: "count", width: 9, rank: 2 }),
    (Statistic::P50, Column { head: "p50", width: 9, rank: 0 }),
    (Statistic::P90, Column { head: "p90", width: 9, rank: 5 }),
    (Statistic::P95, Column { head: "p95", width: 9, rank: 4 }),
    (Statistic::P99, Column { head: "p99", width: 9, rank: 1 }),
    (Statistic::Max, Column { head: "max", width: 9, rank: 3 }),
];
const NAMES: Names = Names { head: "time_to_ready", width: 22, least: 13 };

/// The time to ready of all claims, of each class and of each phase.
pub(super) fn times(summary: &Summary, look: &Look, screen: &mut Screen) {
    let Some(all) = summary.figures(Latency::TimeToReady) else { return };
    let mut rows = vec![row("all".into(), &all)];
    let classes = [
        (Class::Warm, Latency::TimeToReadyWarm),
        (Class::WarmUnready, Latency::TimeToReadyWarmUnready),
        (Class::Cold, Latency::TimeToReadyCold),
    ];
    let classes = classes.map(|(class, latency)| (class.name().replace('_', " "), summary.figures(latency)));
    let classes: Vec<Row> = classes.into_iter().filter_map(|(name, figures)| Some(row(name, &figures?))).collect();
    // A class alone says the same as all.
    rows.extend(classes.into_iter().filter(|class| class.cells != rows[0].cells).collect::<Vec<_>>());
    rows.extend(summary.phases.iter().filter_map(phase));
    let columns = COLUMNS.map(|(_, column)| column);
    let table = Table::new(NAMES, &columns, look);
    screen.gap();
    screen.push(table.head());
    for row in &rows {
        table.row(row, screen);
    }
    screen.extend(bounds(&all));
}

/// What `>` means, if there is one.
fn bounds(all: &Figures) -> Option<Line> {
    let text = "never became ready and count at the timeout, or their age: what rests on them is a lower bound (>)";
    (all.censored > 0).then(|| Line::new(Tone::Warn, format!("{} claims {text}", all.censored)).hanging(2))
}

fn phase(phase: &PhaseSummary) -> Option<Row> {
    let figures = phase.latency_s.get(Latency::TimeToReady.name()).copied().flatten()?;
    let mut row = row(format!("phase {}", phase.name), &figures);
    if phase.warm_up {
        row.notes.insert(0, "warm-up: in no other figure".into());
    }
    Some(row)
}

pub(super) fn row(name: String, figures: &Figures) -> Row {
    let cells = COLUMNS.map(|(statistic, _)| cell(figures, statistic)).to_vec();
    Row { name, cells, notes: intervals(figures) }
}

/// A figure with its unit, `>` before a lower bound.
pub(super) fn cell(figures: &Figures, statistic: Statistic) -> (Tone, String) {
    if statistic == Statistic::Count {
        return (Tone::Plain, figures.count.to_string());
    }
    let value = seconds(figures.get(statistic));
    if figures.bounds.contains(statistic) { (Tone::Warn, format!(">{value}")) } else { (Tone::Plain, value) }
}

/// `95 % interval: p50 4.98ms to 5.10ms, p99 7.70ms to 8.90ms`.
fn intervals(figures: &Figures) -> Vec<String> {
    let known = [("p50", figures.interval.p50), ("p99", figures.interval.p99)];
    let told: Vec<String> =
        known.iter().filter_map(|(name, ends)| Some(format!("{name} {}", interval((*ends)?)?))).collect();
    if told.is_empty() { Vec::new() } else { vec![format!("95 % interval: {}", told.join(", "))] }
}

fn interval(ends: Ends) -> Option<String> {
    match ends {
        (Some(low), Some(high)) => Some(format!("{} to {}", seconds(low), seconds(high))),
        (Some(low), None) => Some(format!("over {}", seconds(low))),
        (None, Some(high)) => Some(format!("below {}", seconds(high))),
        (None, None) => None,
    }
}
