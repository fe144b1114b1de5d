//! `compare`: reads the runs of two sides, refuses what cannot be compared, and decides.

mod config_differences;
mod environment_differences;
mod read;
mod side;

use std::path::Path;

pub(super) use self::config_differences::{check_alike, config_differences};
pub(super) use self::environment_differences::environment_differences;
pub(super) use self::side::{Side, SideRun};
use super::RunError;
use super::report::write_page;
use crate::config::ConfigError;
use crate::measure::compare::{Rules, RunSample, compare};
use crate::report::{CompareReport, ComparedRun, compare_html};

/// What is asked of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CompareOptions {
    /// Margins and limits.
    pub rules: Rules,
    /// Compare runs of unlike load or workload, INVALID and interrupted ones too.
    pub force: bool,
}

/// Compares the runs, or the sets of runs, in two folders.
///
/// # Errors
/// [`RunError::Config`] naming BASE or NEW for folders that hold no run, and, unless forced, the fields of load or
/// workload in which the sides differ. [`RunError::Invalid`] for runs that are no measurement, unless forced.
pub fn compare_runs(base: &Path, new: &Path, options: &CompareOptions) -> Result<CompareReport, RunError> {
    compare_sides([Side::read("BASE", &[base])?, Side::read("NEW", &[new])?], options)
}

/// Compares two sides, base first.
///
/// # Errors
/// As [`compare_runs`], naming the sides' own arguments.
pub(super) fn compare_sides(sides: [Side; 2], options: &CompareOptions) -> Result<CompareReport, RunError> {
    let config_differences = sides[0].differences_to(&sides[1]);
    if !options.force {
        sides[1].check_alike(&config_differences)?;
        sides.iter().try_for_each(Side::check_valid)?;
    }
    let of = |side: Side| -> (Vec<RunSample>, Vec<ComparedRun>) {
        side.into_runs().into_iter().map(|run| (run.sample, run.about)).unzip()
    };
    let [(base, about_base), (new, about_new)] = sides.map(of);
    let runs = [about_base, about_new];
    Ok(CompareReport {
        comparison: compare([&base, &new], &options.rules),
        rules: options.rules,
        environment_differences: environment_differences(&runs),
        runs,
        config_differences,
    })
}

/// Writes the page of a comparison to `out`.
///
/// # Errors
/// A [`ConfigError`] for folders that hold no run, and where the page cannot be written.
pub fn write_comparison(base: &Path, new: &Path, report: &CompareReport, out: &Path) -> Result<(), ConfigError> {
    write_sides([("BASE", &[base]), ("NEW", &[new])], report, "--html", out)
}

/// As [`write_comparison`], of sides of several folders, each with its argument; `option` names the file.
pub(super) fn write_sides(
    [base, new]: [(&str, &[&Path]); 2],
    report: &CompareReport,
    option: &str,
    out: &Path,
) -> Result<(), ConfigError> {
    let sides = [read::shown(base.0, base.1)?, read::shown(new.0, new.1)?];
    write_page(option, out, &compare_html(&sides, report)?)
}
