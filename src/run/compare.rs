use std::path::Path;

use serde::Serialize;

use super::report::{describe, write_page};
use crate::config::{Config, ConfigError};
use crate::measure::{ClaimRecord, Difference, Summary, compare};
use crate::report::{Compared, StoredRun, compare_html};

/// The smallest change that matters, as a share.
const MINIMUM_EFFECT: f64 = 0.05;
/// Resampling is random; a fixed seed gives the same answer to the same question.
const SEED: u64 = 1;

/// Two runs side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Where the configurations differ; empty unless the comparison was forced.
    pub unlike: Vec<String>,
    /// A figure each.
    pub differences: Vec<Difference>,
}

impl Comparison {
    /// True where a figure is worse beyond chance and beyond the smallest change that matters.
    #[must_use]
    pub fn has_regressed(&self) -> bool {
        self.differences.iter().any(|difference| difference.regression)
    }
}

/// Compares the runs, or the sets of runs, in two folders. Runs of unlike load or workload are refused unless `force` is set.
///
/// # Errors
/// A [`ConfigError`] naming BASE or NEW for folders that hold no run, and the fields in which the runs differ.
pub fn compare_runs(base: &Path, new: &Path, force: bool) -> Result<Comparison, ConfigError> {
    let (before, after) = (Folder::read("BASE", base)?, Folder::read("NEW", new)?);
    let unlike = before.unlike(&after);
    if !unlike.is_empty() && !force {
        let allowed = "runs of the same load and workload, or --force";
        return Err(ConfigError::not_allowed("NEW", format!("a run that differs in {}", unlike.join(", ")), allowed));
    }
    let timeout = before.config.load.ready_timeout.nanos();
    Ok(Comparison { unlike, differences: compare(&before.claims, &after.claims, timeout, MINIMUM_EFFECT, SEED) })
}

/// Writes the page of a comparison to `out`.
///
/// # Errors
/// A [`ConfigError`] for folders that hold no run, and where the page cannot be written.
pub fn write_comparison(base: &Path, new: &Path, comparison: &Comparison, out: &Path) -> Result<(), ConfigError> {
    let compared = |field, path: &Path| {
        let folder = Folder::read(field, path)?;
        Ok::<_, ConfigError>(Compared {
            folder: path.display().to_string(),
            ready_timeout_ns: folder.config.load.ready_timeout.nanos(),
            claims: folder.claims,
            summaries: folder.summaries,
        })
    };
    let runs = [compared("BASE", base)?, compared("NEW", new)?];
    write_page("--html", out, &compare_html(&runs, &comparison.unlike, &comparison.differences)?)
}

struct Folder {
    config: Config,
    claims: Vec<ClaimRecord>,
    /// Of each run.
    summaries: Vec<Summary>,
}

impl Folder {
    /// A run's folder, or the folder of a set of runs: `run-1`, `run-2`, ... one after the other.
    fn read(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let first = folder.join("run-1");
        if !first.is_dir() {
            return Self::read_one(field, folder);
        }
        let mut set = Self::read_one(field, &first)?;
        for number in 2.. {
            let next = folder.join(format!("run-{number}"));
            if !next.is_dir() {
                break;
            }
            let next = Self::read_one(field, &next)?;
            if let Some(part) = set.unlike(&next).first() {
                let message =
                    format!("{}: its runs differ in {part}; allowed: runs of one configuration", folder.display());
                return Err(ConfigError::new(field, message));
            }
            set.append(next);
        }
        Ok(set)
    }

    /// Puts another run behind this one in time.
    fn append(&mut self, other: Self) {
        let end = |claim: &ClaimRecord| claim.ended_ns.max(claim.deleted_ns.unwrap_or(0));
        let shift = self.claims.iter().map(end).max().unwrap_or(0);
        self.claims.extend(other.claims.into_iter().map(|claim| claim.shifted(shift)));
        self.summaries.extend(other.summaries);
    }

    fn read_one(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let run = StoredRun::open(field, folder)?;
        let claims = run.claims()?.collect::<Result<Vec<_>, _>>()?;
        let (summary, _) = describe(&run)?;
        if claims.is_empty() {
            return Err(ConfigError::not_allowed(field, format!("{}, a run of no claims", folder.display()), "a run"));
        }
        Ok(Self { config: run.config, claims, summaries: vec![summary] })
    }

    /// The parts in which the two configurations differ; the seed may, since it does not change what is measured.
    fn unlike(&self, other: &Self) -> Vec<String> {
        let mut load = other.config.load.clone();
        load.seed = self.config.load.seed;
        [("load", self.config.load != load), ("workload", self.config.workload != other.config.workload)]
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| name.to_owned())
            .collect()
    }
}
