use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::options::{OutputFormat, Told};
use super::output::say;
use super::stack::print_json;
use super::terminal::{look, show};
use crate::config::Percentage;
use crate::measure::compare::Rules;
use crate::report::{CompareReport, compare_text};
use crate::run::{CompareOptions, RunError, compare_runs, write_comparison};

/// Exit code of a regression.
const REGRESSED: i32 = 5;
/// Exit code of runs that do not say, where a verdict is required.
const CANNOT_TELL: i32 = 7;

#[derive(Args)]
pub(super) struct Compare {
    /// Folder of the run to compare with, or of a set of runs (`run --repeat`).
    #[arg(value_hint = ValueHint::DirPath)]
    base: PathBuf,
    /// Folder of the run, or the set of runs, to judge.
    #[arg(value_hint = ValueHint::DirPath)]
    new: PathBuf,
    #[command(flatten)]
    verdict: VerdictArgs,
    /// Write the comparison as a page.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    html: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or the comparison as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    #[command(flatten)]
    told: Told,
}

/// The rules of the judgement.
#[derive(Args)]
pub(super) struct VerdictArgs {
    /// A relative change that does not matter; for shares of claims it is 0.5 points.
    #[arg(long, value_name = "PERCENT", default_value = "5%", help_heading = "Verdict")]
    margin: Percentage,
    /// How much two runs of one system may differ, if there are too few runs to measure it.
    #[arg(long, value_name = "PERCENT", default_value = "10%", help_heading = "Verdict")]
    run_spread: Percentage,
    /// Exit 7 if the runs do not show whether the second is slower.
    #[arg(long, help_heading = "Verdict")]
    require_verdict: bool,
    /// Compare even runs with unlike load or workload, and INVALID or interrupted ones.
    #[arg(long, help_heading = "Guards")]
    force: bool,
}

impl Compare {
    pub fn run(self) -> Result<i32, RunError> {
        let report = compare_runs(&self.base, &self.new, &self.verdict.options())?;
        let code = conclude(&report, &self.verdict, &self.told, self.output)?;
        if let Some(html) = &self.html {
            write_comparison(&self.base, &self.new, &report, html)?;
            say!("wrote {}", html.display());
        }
        Ok(code)
    }
}

impl VerdictArgs {
    pub fn options(&self) -> CompareOptions {
        let (margin, run_spread) = (self.margin.fraction(), self.run_spread.fraction());
        CompareOptions { rules: Rules { margin, run_spread, ..Rules::default() }, force: self.force }
    }

    pub fn exit_code(&self, report: &CompareReport) -> i32 {
        if report.has_regressed() {
            REGRESSED
        } else if self.require_verdict && report.cannot_tell() {
            CANNOT_TELL
        } else {
            0
        }
    }
}

/// Says what a comparison found; returns the exit code.
pub(super) fn conclude(
    report: &CompareReport,
    verdict: &VerdictArgs,
    told: &Told,
    output: OutputFormat,
) -> Result<i32, RunError> {
    let (code, look) = (verdict.exit_code(report), look());
    show(&compare_text(report, code, told.verbose, &look), &look);
    print_json(output, report)?;
    Ok(code)
}
