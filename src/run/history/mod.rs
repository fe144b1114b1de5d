//! `history`: finds runs, and follows one figure of theirs over time.

mod differences;
mod find;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::RunError;
use super::report::write_page;
use crate::config::ConfigError;
use crate::measure::{FigureValue, Metric};
use crate::report::{HistoryReport, HistoryRun, HistorySeries, history_html, write_file};
use differences::differences;
use read::{Found, read};

/// Most runs of a series: with more, the change points take minutes.
const MOST_RUNS: usize = 500;

/// Follows `figure` over the runs in `folders` and in folders within them, split by the values of the label `by`.
///
/// # Errors
/// [`RunError::Config`] for a figure that no summary has, and naming DIR for folders without a run, files of runs that
/// cannot be read, and too many runs.
pub fn history(folders: &[PathBuf], figure: &str, by: Option<&str>) -> Result<HistoryReport, RunError> {
    let metric = Metric::named("--figure", figure)?;
    let (runs, left_out) = read(folders)?;
    let mut series: BTreeMap<Option<String>, Vec<Found>> = BTreeMap::new();
    for run in runs {
        let label = by.and_then(|by| run.summary.labels.get(by).cloned());
        series.entry(label).or_default().push(run);
    }
    if let Some((_, runs)) = series.iter().find(|(_, runs)| runs.len() > MOST_RUNS) {
        let allowed = format!("at most {MOST_RUNS} in one series: fewer folders, or --by");
        return Err(ConfigError::not_allowed("DIR", format!("{} runs", runs.len()), allowed).into());
    }
    let series = series.into_iter().map(|(label, runs)| HistorySeries::new(label, told(&runs, &metric)));
    Ok(HistoryReport {
        schema_version: 2,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        figure: figure.into(),
        by: by.map(str::to_owned),
        series: series.collect(),
        left_out,
    })
}

/// Writes `history.json` and the page `index.html` into a folder, which may be there already.
///
/// # Errors
/// [`RunError::Write`], and others where they cannot be written.
pub fn write_history(report: &HistoryReport, out: &Path) -> Result<(), RunError> {
    fs::create_dir_all(out).map_err(|error| RunError::Write { what: out.display().to_string(), error })?;
    write_file(&out.join("history.json"), report)?;
    Ok(write_page("--out", &out.join("index.html"), &history_html(report)?)?)
}

fn told(runs: &[Found], metric: &Metric) -> Vec<HistoryRun> {
    let before = std::iter::once(None).chain(runs.iter().map(Some));
    runs.iter().zip(before).map(|(run, before)| of_run(run, before, metric)).collect()
}

fn of_run(run: &Found, before: Option<&Found>, metric: &Metric) -> HistoryRun {
    let summary = &run.summary;
    let FigureValue { value, bound, interval } = FigureValue::of(metric, summary);
    HistoryRun {
        folder: run.folder.clone(),
        run_id: summary.run_id.clone(),
        started_at: summary.started_at.clone(),
        labels: summary.labels.clone(),
        value,
        bound,
        interval,
        invalid: summary.doubt(),
        differs: before.map(|before| differences(before, run)).unwrap_or_default(),
    }
}
