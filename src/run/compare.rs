use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::config::{Config, ConfigError, from_yaml};
use crate::measure::{ClaimRecord, Difference, compare};

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

struct Folder {
    config: Config,
    claims: Vec<ClaimRecord>,
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
    }

    fn read_one(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let read = |name: &str| {
            let path = folder.join(name);
            let text = fs::read_to_string(&path);
            text.map_err(|error| {
                ConfigError::new(field, format!("{}: {error}; allowed: the folder of a run", path.display()))
            })
        };
        let config = from_yaml(&read("config.yaml")?, &folder.join("config.yaml"), &[])?;
        let text = read("claims.jsonl")?;
        // The last line of a killed run may be half of one.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let parse = |(at, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|error| {
                let place = format!("{}, line {}", folder.join("claims.jsonl").display(), at + 1);
                ConfigError::new(field, format!("{place}: {error}"))
            })
        };
        let claims = whole.lines().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
        if claims.is_empty() {
            return Err(ConfigError::not_allowed(field, format!("{}, a run of no claims", folder.display()), "a run"));
        }
        Ok(Self { config, claims })
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
