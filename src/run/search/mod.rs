//! A search: runs the steps that [`Search`] asks for, and writes down how each ended.

mod check;
mod options;
mod plan;
mod step;

pub use options::{OnBegin, OnStart, OnStep, SearchOptions};

use std::path::{Path, PathBuf};

use agent_sandbox_simulator::Settings;

use super::report::write_page;
use super::{RunError, Target};
use crate::load::new_run_id;
use crate::measure::search::{Limit, Next, Plan, Search};
use crate::report::{PAGE, RunFolder, SearchReport, search_html, write_file};

/// A search's result.
#[derive(Debug)]
pub struct SearchResult {
    /// As in `search.json`.
    pub report: SearchReport,
    /// The search's folder.
    pub out_dir: PathBuf,
}

impl SearchResult {
    /// The command's exit code: 0 where a rate was found, else 130 interrupted, 1 steps failed, 3 the generator could not
    /// send the first rate, 4 no rate met.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        let Some(answer) = &self.report.answer else { return 130 };
        match answer.limited_by {
            _ if answer.rate.is_some() => 0,
            Limit::Failed => 1,
            Limit::Generator => 3,
            Limit::Cluster | Limit::MaxRate | Limit::Time => 4,
        }
    }
}

/// Searches the highest rate that meets the objectives, blocking. Each step is a run with a folder of its own.
///
/// # Errors
/// [`RunError`] of the first step, and bad input. A later step that fails is repeated once; twice ends the search, and its
/// report says why.
pub fn search(options: &SearchOptions) -> Result<SearchResult, RunError> {
    check::check(options)?;
    let out_dir = options.config.output.dir.clone();
    let out_dir = out_dir.unwrap_or_else(|| PathBuf::from(format!("asb-search-{}", new_run_id())));
    RunFolder::check(&out_dir)?;
    let plan = plan::plan(options);
    if let Some(tell) = &options.on_start {
        tell(&plan.expected());
    }
    let (mut search, mut report) = (Search::new(plan), new_report(options, &plan));
    loop {
        let asked = match search.next() {
            Next::Run(asked) => asked,
            Next::Done(answer) => {
                report.answer = Some(answer);
                break;
            }
        };
        if let Some(tell) = &options.on_begin {
            tell(report.steps.len() + 1, &asked);
        }
        let Some((ended, step)) = step::step(options, asked, report.steps.len(), &out_dir)? else { break };
        search.record(asked.rate, ended, step.took_s);
        if let Some(tell) = &options.on_step {
            tell(&step);
        }
        report.steps.push(step);
        save(&report, &out_dir)?;
    }
    report.ended_early = ended_early(&report);
    save(&report, &out_dir)?;
    Ok(SearchResult { report, out_dir })
}

fn save(report: &SearchReport, out_dir: &Path) -> Result<(), RunError> {
    write_file(&out_dir.join("search.json"), report)?;
    Ok(write_page("output.dir", &out_dir.join(PAGE), &search_html(report, Some(out_dir))?)?)
}

fn new_report(options: &SearchOptions, plan: &Plan) -> SearchReport {
    let config = &options.config;
    SearchReport {
        schema_version: 2,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        target: options.target.kind().into(),
        slo: config.slo.iter().map(ToString::to_string).collect(),
        tolerance: config.search.tolerance,
        arrivals: config.load.shape.arrivals.name().into(),
        step_s: plan.step_s,
        seed: Some(plan.seed),
        expected: Some(plan.expected()),
        answer: None,
        ended_early: None,
        warnings: of_the_model(options).into_iter().collect(),
        steps: Vec::new(),
    }
}

/// A warning that the answer says nothing about a cluster, when the simulator has its defaults.
fn of_the_model(options: &SearchOptions) -> Option<String> {
    let settings = &options.config.simulator;
    let (seed, request_log) = (settings.seed, settings.request_log.clone());
    let default = Settings { seed, request_log, ..Settings::default() };
    (options.target == Target::Simulator && *settings == default)
        .then(|| "the simulator has its default settings: the answer is its model's, not a cluster's".into())
}

/// Why the steps that failed did, where they ended the search.
fn ended_early(report: &SearchReport) -> Option<String> {
    report.answer.filter(|answer| answer.limited_by == Limit::Failed)?;
    let last = report.steps.last()?;
    Some(format!("at {:.2} claims/s: {}", last.asked.rate, last.because.join("; ")))
}
