use super::report::{HistoryChange, HistoryReport, HistoryRun, HistorySeries};
use crate::report::screen::{Line, Screen, Tone};
use crate::report::shown::{bound_sign, shown};
use crate::report::units::seconds;

/// Each run in a line, and each change before the run with which it begins.
#[must_use]
pub fn history_text(report: &HistoryReport) -> Screen {
    let show = shown(&report.figure, seconds);
    let mut screen = Screen::from(Line::new(Tone::Strong, headline(report)).hanging(2));
    for series in &report.series {
        if let Some(title) = title(report, series) {
            screen.gap();
            screen.push(Line::new(Tone::Strong, format!("{title}: {}", found(series))));
        }
        for (place, run) in series.runs.iter().enumerate() {
            let changes = series.changes.iter().filter(|change| change.run == place);
            screen.extend(changes.map(|change| change_line(change, &show)));
            screen.push(run_line(run, &show, bound_sign(&report.figure)));
        }
    }
    if !report.left_out.is_empty() {
        screen.gap();
        screen.extend(report.left_out.iter().map(|text| Line::new(Tone::Warn, text.as_str()).hanging(2)));
    }
    screen.gap();
    screen.say(headline(report));
    screen
}

/// `time_to_ready.p50 of 60 runs: 3 changes; 2 INVALID runs are left out of the change points`.
pub(super) fn headline(report: &HistoryReport) -> String {
    let runs = || report.series.iter().flat_map(|series| &series.runs);
    let changes = report.series.iter().map(|series| series.changes.len()).sum();
    let invalid = runs().filter(|run| run.invalid.is_some()).count();
    let left_out = match invalid {
        0 => String::new(),
        1 => "; 1 INVALID run is left out of the change points".into(),
        _ => format!("; {invalid} INVALID runs are left out of the change points"),
    };
    format!("{} of {}: {}{left_out}", report.figure, count(runs().count(), "run"), count(changes, "change"))
}

/// `version=v2`; `None` where runs are not split.
pub(super) fn title(report: &HistoryReport, series: &HistorySeries) -> Option<String> {
    let by = report.by.as_ref()?;
    Some(series.label.as_ref().map_or_else(|| format!("without {by}"), |label| format!("{by}={label}")))
}

pub(super) fn found(series: &HistorySeries) -> String {
    format!("{}, {}", count(series.runs.len(), "run"), count(series.changes.len(), "change"))
}

fn count(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// `12.0ms to 15.1ms, +26 %`.
pub(super) fn step(change: &HistoryChange, show: &impl Fn(f64) -> String) -> String {
    let size = change.change.map(|change| format!(", {:+.1} %", change * 100.0)).unwrap_or_default();
    let bound = if change.bound { "; bounds are among these" } else { "" };
    format!("{} to {}{size}{bound}", show(change.before), show(change.after))
}

/// What else there is to say of a run: labels, and where it differs from the run before.
pub(super) fn notes(run: &HistoryRun) -> Vec<String> {
    let labels = run.labels.iter().map(|(key, value)| format!("{key}={value}"));
    let differs = (!run.differs.is_empty()).then(|| format!("differs in {}", run.differs.join("; ")));
    labels.chain(differs).collect()
}

fn change_line(change: &HistoryChange, show: &impl Fn(f64) -> String) -> Line {
    let tone = if change.after > change.before { Tone::Bad } else { Tone::Good };
    Line::new(tone, format!("-- change: {}", step(change, show))).hanging(2)
}

fn run_line(run: &HistoryRun, show: &impl Fn(f64) -> String, sign: &str) -> Line {
    let at = run.started_at.split('.').next().unwrap_or_default().trim_end_matches('Z');
    let bound = if run.bound { sign } else { "" };
    let value = run.value.map_or_else(|| "-".into(), |value| format!("{bound}{}", show(value)));
    let mut line = Line::new(Tone::Dim, format!("{at}Z ")).and(Tone::Plain, format!("{value:>9}  {}", run.run_id));
    if let Some(why) = &run.invalid {
        line = line.and(Tone::Bad, format!("  INVALID: {why}"));
    }
    let notes = notes(run);
    if notes.is_empty() { line } else { line.and(Tone::Dim, format!("  {}", notes.join(", "))) }.hanging(4)
}
