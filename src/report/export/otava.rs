use jiff::{Timestamp, Unit};

use super::csv::line;
use super::figures::{RunFigures, label, label_keys, names};

/// CSV as Otava's importer reads it: a row for each run in order of time, and a column for each label and figure. Only
/// figures that all runs have, because it accepts no empty cell as a number. Also what is left out for that.
pub(super) fn otava(runs: &[RunFigures]) -> (String, Option<String>) {
    let started = |run: &RunFigures| run.run.summary.started_at.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    let mut rows: Vec<(Timestamp, &RunFigures)> = runs.iter().map(|run| (started(run), run)).collect();
    rows.sort_by_key(|(started, _)| *started);
    let labels = label_keys(runs);
    let (names, absent) = columns(runs);
    let head = ["time", "run_id"].into_iter().chain(labels.iter().copied()).map(str::to_owned);
    let mut text = line(head.chain(names.iter().cloned()));
    for (started, run) in rows {
        let time = started.round(Unit::Second).unwrap_or(started);
        let labels = labels.iter().map(|key| label(run, key).to_owned());
        let figures = names.iter().filter_map(|name| run.figure(name)).map(|figure| figure.value.to_string());
        let head = [time.to_string(), run.run.summary.run_id.clone()];
        text.push_str(&line(head.into_iter().chain(labels).chain(figures)));
    }
    let absent =
        (!absent.is_empty()).then(|| format!("left out of all rows, as a run lacks it: {}", absent.join(", ")));
    (text, absent)
}

/// The figures that all runs have, and those that some have.
fn columns(runs: &[RunFigures]) -> (Vec<String>, Vec<String>) {
    names(runs).into_iter().partition(|name| runs.iter().all(|run| run.figure(name).is_some()))
}
