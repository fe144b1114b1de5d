use std::path::PathBuf;

use clap::Args;

use super::options::OutputFormat;
use super::output::say;
use super::stack::print_json;
use crate::measure::Difference;
use crate::run::{RunError, compare_runs, write_comparison};

/// Exit code of a regression.
const REGRESSED: i32 = 5;

#[derive(Args)]
pub(super) struct Compare {
    /// Folder of the run to compare with, or of a set of runs (`run --repeat`).
    base: PathBuf,
    /// Folder of the run, or the set of runs, in question.
    new: PathBuf,
    /// Compare runs of unlike load or workload all the same.
    #[arg(long)]
    force: bool,
    /// Write the comparison as a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// What stdout carries: nothing, or the comparison as JSON.
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

impl Compare {
    pub fn run(self) -> Result<i32, RunError> {
        let comparison = compare_runs(&self.base, &self.new, self.force)?;
        for part in &comparison.unlike {
            say!("WARNING: the runs differ in {part}");
        }
        say!("{:<24}{:>12}{:>12}{:>10}  interval", "", "base", "new", "change");
        comparison.differences.iter().for_each(|difference| say!("{}", line(difference)));
        if let Some(html) = &self.html {
            write_comparison(&self.base, &self.new, &comparison, html)?;
            say!("wrote {}", html.display());
        }
        print_json(self.output, &comparison)?;
        Ok(if comparison.has_regressed() { REGRESSED } else { 0 })
    }
}

fn line(difference: &Difference) -> String {
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"));
    let percent = |value: f64| format!("{:+.1} %", value * 100.0);
    let verdict = match difference {
        it if it.regression => "REGRESSION",
        it if it.improvement => "better",
        _ => "",
    };
    let interval =
        difference.interval.map_or_else(String::new, |(low, high)| format!("{} to {}", percent(low), percent(high)));
    format!(
        "{:<24}{:>12}{:>12}{:>10}  {interval:<22} {verdict}",
        difference.metric,
        figure(difference.base),
        figure(difference.new),
        difference.change.map_or_else(|| "-".to_owned(), percent),
    )
}
