//! Figures of runs in the forms of other programs. A figure that is a lower bound is never exported as a value.

mod benchstat;
mod bmf;
mod csv;
mod export_run;
mod figures;
mod github_action;
mod otava;
#[cfg(test)]
mod tests;

use agent_sandbox_common::words;

pub use self::export_run::ExportRun;
use self::figures::RunFigures;

words! {
    /// What reads the figures.
    pub enum ExportFormat {
        /// Bencher: Bencher Metric Format, JSON.
        Bmf = "bmf",
        /// github-action-benchmark: its `customSmallerIsBetter` JSON.
        GithubAction = "github-action",
        /// Apache Otava: CSV, a row a run, in order of time.
        Otava = "otava",
        /// benchstat: the text of Go's benchmarks.
        Benchstat = "benchstat",
        /// Anything else: CSV with intervals, a row a run.
        Csv = "csv",
    }
}

/// What an export gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// In the form of the program that reads it.
    pub text: String,
    /// What is not in the text, and why: a sentence each.
    pub left_out: Vec<String>,
}

/// The figures of `runs` for the program that reads `format`.
#[must_use]
pub fn export(format: ExportFormat, runs: &[ExportRun]) -> Exported {
    let runs: Vec<RunFigures> = runs.iter().map(RunFigures::of).collect();
    let mut left_out: Vec<String> = runs.iter().flat_map(RunFigures::left_out).collect();
    let text = match format {
        ExportFormat::Bmf => bmf::bmf(&runs),
        ExportFormat::GithubAction => github_action::github_action(&runs),
        ExportFormat::Otava => {
            let (text, absent) = otava::otava(&runs);
            left_out.extend(absent);
            text
        }
        ExportFormat::Benchstat => benchstat::benchstat(&runs),
        ExportFormat::Csv => csv::csv(&runs),
    };
    Exported { text, left_out }
}
