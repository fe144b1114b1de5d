//! Folders of runs whose figures are to be used as measurements.

use std::fs;
use std::path::{Path, PathBuf};

use super::RunError;
use crate::config::ConfigError;

/// The folder itself if it is a run's, otherwise the runs' folders in it, a set. If there are none, the folder itself:
/// reading it says what is missing.
pub(super) fn run_folders(folder: &Path) -> Vec<PathBuf> {
    let is_run = |folder: &PathBuf| folder.join("config.yaml").exists();
    let one = folder.to_owned();
    if is_run(&one) {
        return vec![one];
    }
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_run).collect();
    // run-10 after run-9.
    runs.sort_by_key(|run| (run.as_os_str().len(), run.clone()));
    if runs.is_empty() { vec![one] } else { runs }
}

/// Refuses runs that are no measurement; each with why not, where it is none.
///
/// # Errors
/// [`RunError::Invalid`] for `field`, with the folders and the reasons.
pub(super) fn check_valid<'a>(
    field: &str,
    runs: impl Iterator<Item = (&'a Path, Option<String>)>,
) -> Result<(), RunError> {
    let doubtful = runs.filter_map(|(folder, doubt)| Some(format!("{} (INVALID: {})", folder.display(), doubt?)));
    let doubtful: Vec<String> = doubtful.collect();
    if doubtful.is_empty() {
        return Ok(());
    }
    let allowed = "runs that are valid, or --force";
    Err(RunError::Invalid(ConfigError::not_allowed(field, doubtful.join(", "), allowed)))
}
