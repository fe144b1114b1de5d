use std::path::{Path, PathBuf};

use super::RunError;
use super::measurements::{check_valid, run_folders};
use crate::config::ConfigError;
use crate::report::{ExportFormat, ExportRun, Exported, StoredRun, export};

/// The figures of the runs, or sets of runs, in `folders` for another program.
///
/// # Errors
/// [`RunError::Config`] naming DIR for folders that hold no run. [`RunError::Invalid`] for runs that are no measurement,
/// unless `force`, and for those that were killed, which have no summary.
pub fn export_runs(folders: &[PathBuf], format: ExportFormat, force: bool) -> Result<Exported, RunError> {
    let folders = folders.iter().flat_map(|folder| run_folders(folder));
    let runs = folders.map(read).collect::<Result<Vec<_>, _>>()?;
    if !force {
        check_valid("DIR", runs.iter().map(|run| (run.folder.as_path(), run.summary.doubt())))?;
    }
    Ok(export(format, &runs))
}

fn read(folder: PathBuf) -> Result<ExportRun, RunError> {
    let killed = |folder: &Path| {
        let why = "a run that was killed before it wrote summary.json";
        RunError::Invalid(ConfigError::not_allowed_path("DIR", folder, why, "runs that ended"))
    };
    let summary = StoredRun::open("DIR", &folder)?.summary.ok_or_else(|| killed(&folder))?;
    Ok(ExportRun { folder, summary })
}
