use std::collections::BTreeMap;
use std::path::PathBuf;

use super::find::find;
use crate::config::{Config, ConfigError};
use crate::measure::Summary;
use crate::report::StoredRun;

/// A run as its folder has it.
pub(super) struct Found {
    pub folder: PathBuf,
    pub config: Config,
    pub summary: Summary,
}

/// All runs in order of time, each once; and a sentence for each folder that is left out.
pub(super) fn read(folders: &[PathBuf]) -> Result<(Vec<Found>, Vec<String>), ConfigError> {
    let mut runs: BTreeMap<(String, String), Found> = BTreeMap::new();
    let mut left_out = Vec::new();
    for folder in find(folders)? {
        let stored = StoredRun::open("DIR", &folder)?;
        let Some(summary) = stored.summary else {
            left_out.push(format!("{}: no summary.json: killed, or still running", folder.display()));
            continue;
        };
        let key = (summary.started_at.clone(), summary.run_id.clone());
        if let Some(first) = runs.get(&key) {
            left_out.push(format!("{}: the same run as {}", folder.display(), first.folder.display()));
            continue;
        }
        runs.insert(key, Found { folder, config: stored.config, summary });
    }
    Ok((runs.into_values().collect(), left_out))
}
