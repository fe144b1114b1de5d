//! `baseline`: stores what a comparison needs of runs in one small file, and compares later runs with it.

mod file;
mod packed;

use std::path::{Path, PathBuf};

use super::RunError;
use super::compare::{CompareOptions, Side, SideRun, compare_sides};
use crate::config::ConfigError;
use crate::files::{PRIVATE, write_whole};
use crate::report::CompareReport;

/// The file where none is named.
pub const BASELINE: &str = "baseline.json";

/// Stores the runs, or sets of runs, in `folders` as one side of later comparisons, in `file`.
///
/// # Errors
/// [`RunError::Config`] naming DIR for folders without a run, for runs of several configurations, and for too many claims.
/// [`RunError::Invalid`] for runs that are no measurement, unless `force`. [`RunError::Write`].
pub fn set_baseline(folders: &[PathBuf], file: &Path, force: bool) -> Result<(), RunError> {
    let side = side(folders)?;
    if !force {
        side.check_valid()?;
    }
    let runs = side.into_runs();
    let claims: usize = runs.iter().map(|run: &SideRun| run.sample.time_to_ready.len()).sum();
    if claims > file::MOST_CLAIMS {
        let allowed = format!("at most {}: fewer or shorter runs, or `compare` with the folders", file::MOST_CLAIMS);
        return Err(ConfigError::not_allowed("DIR", format!("{claims} claims"), allowed).into());
    }
    let text = file::text(runs)?;
    write_whole(file, text.as_bytes(), PRIVATE)
        .map_err(|error| RunError::Write { what: file.display().to_string(), error })
}

/// Compares the runs, or sets of runs, in `folders` with a baseline, as `compare` does.
///
/// # Errors
/// As [`super::compare_runs`], naming `--baseline` and DIR.
pub fn check_baseline(folders: &[PathBuf], file: &Path, options: &CompareOptions) -> Result<CompareReport, RunError> {
    compare_sides([Side::of("--baseline", file::read(file)?), side(folders)?], options)
}

fn side(folders: &[PathBuf]) -> Result<Side, ConfigError> {
    Side::read("DIR", &folders.iter().map(PathBuf::as_path).collect::<Vec<_>>())
}
