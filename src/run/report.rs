use std::path::{Path, PathBuf};

use super::load_summary;
use crate::config::{Config, ConfigError};
use crate::files::{PRIVATE, read_regular, write_whole};
use crate::load::Plan;
use crate::measure::{Collector, RunFacts, Summary, TargetSummary, Timeouts};
use crate::report::{PAGE, PageFacts, SearchReport, StoredRun, run_html, search_html, warm_ups};

/// Writes the page of the run, or of the search, in `folder` to `out`, by default `report.html` in it; returns where it
/// is. A run that was killed has one too, of the claims that it left.
///
/// # Errors
/// A [`ConfigError`] for a folder that holds no run, and where the page cannot be written.
pub fn write_report(folder: &Path, out: Option<&Path>) -> Result<PathBuf, ConfigError> {
    let path = out.map_or_else(|| folder.join(PAGE), Path::to_owned);
    let page = page(folder, path.parent() == Some(folder))?;
    write_page("--out", &path, &page)?;
    Ok(path)
}

/// A search's folder says so by its `search.json`. `within`: the page is to stand in the folder.
fn page(folder: &Path, within: bool) -> Result<String, ConfigError> {
    let search = folder.join("search.json");
    if let Ok(text) = read_regular(&search) {
        let wrong = |error| ConfigError::new("FOLDER", format!("{}: {error}", search.display()));
        let report: SearchReport = serde_json::from_str(&text).map_err(wrong)?;
        return search_html(&report, within.then_some(folder));
    }
    let run = StoredRun::open("FOLDER", folder)?;
    let (summary, facts) = describe(&run)?;
    run_html(&run, &summary, &facts)
}

/// Writes a page whole or not at all.
pub(super) fn write_page(option: &str, path: &Path, page: &str) -> Result<(), ConfigError> {
    let refuse = |error| ConfigError::new(option, format!("cannot write {}: {error}", path.display()));
    write_whole(path, page.as_bytes(), PRIVATE).map_err(refuse)
}

/// The folder's summary; where it was killed before it wrote one, what its claims tell.
pub(super) fn describe(run: &StoredRun) -> Result<(Summary, PageFacts), ConfigError> {
    if let Some(summary) = &run.summary {
        return Ok((summary.clone(), PageFacts { lost: 0, warm_ups: warm_ups(summary) }));
    }
    let config = &run.config;
    // A trace file may be gone by now: then the claims alone say how many there were.
    let plan = Plan::new(&config.load, config.load.seed.unwrap_or_default()).ok();
    let named = |plan: &Plan| -> Vec<String> {
        let phases = plan.phases.iter().enumerate().filter(|(_, phase)| phase.phase.warm_up);
        phases.filter_map(|(at, _)| plan.phase_name(at)).collect()
    };
    let warm_ups = plan.as_ref().map(named).unwrap_or_default();
    let mut collector = Collector::new(Timeouts::of(config));
    // What `load.until` would have left out nobody knows.
    let planned = plan.as_ref().filter(|_| config.load.until.is_none());
    let (mut seen, mut known) = (0_u64, planned.map_or(0, |plan| plan.due.len() as u64));
    for claim in run.claims()? {
        let claim = claim?;
        (seen, known) = (seen + 1, known.max(ends_at(config, claim.index)));
        if !claim.phase.as_ref().is_some_and(|phase| warm_ups.contains(phase)) {
            collector.record(&claim);
        }
    }
    let summary = collector.summary(facts(config, plan.as_ref(), known), &config.validity, &[]);
    Ok((summary, PageFacts { lost: known - seen, warm_ups }))
}

/// How many claims there were at least, where `index` is one of them.
fn ends_at(config: &Config, index: u64) -> u64 {
    config.load.share.map_or(index, |share| share.nth(index).unwrap_or_default()) + 1
}

/// What is known of a run that was killed: its plan.
fn facts(config: &Config, plan: Option<&Plan>, planned: u64) -> RunFacts {
    let load = &config.load;
    let lengths_ns = plan.map(Plan::lengths_ns).unwrap_or_default();
    RunFacts {
        run_id: config.run_id.clone().unwrap_or_default(),
        started_at: String::new(),
        labels: config.output.labels.clone(),
        environment: None,
        monotonic_base_ns: 0,
        interrupted: true,
        suspended_s: 0.0,
        target: TargetSummary { kind: "unknown".into(), ..TargetSummary::default() },
        load: load_summary::of_run(load, load.seed.unwrap_or_default(), planned, &lengths_ns),
        until: None,
        peak_in_flight: 0,
        peak_alive: 0,
        warnings: Vec::new(),
        phases: Vec::new(),
        pods: None,
        nodes: None,
        pools: Vec::new(),
        attribution: None,
        controller_metrics: None,
        generator: crate::measure::Generator::default(),
        controller: None,
        server: None,
        sources: Vec::new(),
        runners: Vec::new(),
    }
}
