use std::path::Path;

use crate::config::{Config, ConfigError};
use crate::measure::{ClaimRecord, Summary, Timeouts};
use crate::report::{Compared, StoredRun};
use crate::run::measurements::run_folders;
use crate::run::report::describe;

/// A run as its folder has it.
pub(super) struct ReadRun {
    pub config: Config,
    /// Those of no warm-up.
    pub claims: Vec<ClaimRecord>,
    pub warm_up_claims: usize,
    pub summary: Summary,
}

/// Reads a run's folder.
///
/// # Errors
/// A [`ConfigError`] for `field` where it holds no run.
pub(super) fn read(field: &str, folder: &Path) -> Result<ReadRun, ConfigError> {
    let stored = StoredRun::open(field, folder)?;
    let (summary, facts) = describe(&stored)?;
    let is_warm_up = |claim: &ClaimRecord| claim.phase.as_ref().is_some_and(|phase| facts.warm_ups.contains(phase));
    let all = stored.claims()?.collect::<Result<Vec<_>, _>>()?;
    let (warm_up, claims): (Vec<_>, Vec<_>) = all.into_iter().partition(is_warm_up);
    Ok(ReadRun { config: stored.config, claims, warm_up_claims: warm_up.len(), summary })
}

/// The runs of a side as the page shows them: one after the other in time.
///
/// # Errors
/// As [`read`].
pub(super) fn shown(field: &str, folders: &[&Path]) -> Result<Compared, ConfigError> {
    let all = folders.iter().flat_map(|folder| run_folders(folder));
    let runs = all.map(|run| read(field, &run)).collect::<Result<Vec<_>, _>>()?;
    let config = &runs[0].config;
    let (timeouts, validity) = (Timeouts::of(config), config.validity.clone());
    let (mut claims, mut summaries, mut end) = (Vec::new(), Vec::new(), 0);
    for run in runs {
        let from = end;
        let last = |claim: &ClaimRecord| claim.ended_ns.max(claim.deleted_ns.unwrap_or(0));
        end += run.claims.iter().map(last).max().unwrap_or(0);
        claims.extend(run.claims.into_iter().map(|claim| claim.shifted(from)));
        summaries.push(run.summary);
    }
    let folder = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
    Ok(Compared { folder, timeouts, validity, claims, summaries })
}
