use std::path::{Path, PathBuf};

use super::config_differences::{check_alike, config_differences};
use super::read::read;
use crate::config::{Config, ConfigError};
use crate::measure::Timeouts;
use crate::measure::compare::RunSample;
use crate::report::{ComparedRun, ConfigDifference};
use crate::run::RunError;
use crate::run::measurements::{check_valid, run_folders};

/// The runs of a side of a comparison, one at least, of one configuration.
pub(in crate::run) struct Side {
    /// The argument that names it, such as `BASE`.
    field: &'static str,
    runs: Vec<SideRun>,
}

/// What is compared of a run.
pub(in crate::run) struct SideRun {
    pub config: Config,
    pub sample: RunSample,
    pub about: ComparedRun,
}

impl Side {
    /// Runs' folders, or folders of such folders: sets of runs.
    ///
    /// # Errors
    /// A [`ConfigError`] for `field`: a folder without a run, or runs of several configurations.
    pub fn read(field: &'static str, folders: &[&Path]) -> Result<Self, ConfigError> {
        let folders: Vec<PathBuf> = folders.iter().flat_map(|folder| run_folders(folder)).collect();
        let runs = folders.iter().map(|run| SideRun::read(field, run)).collect::<Result<Vec<_>, _>>()?;
        for run in &runs[1..] {
            let differences = config_differences(&runs[0].config, &run.config);
            if let Some(unlike) = differences.iter().find(|one| one.unlike_part().is_some()) {
                let folder = run.about.folder.display();
                let got = format!("{folder}, which differs from the first run in {}", unlike.text());
                return Err(ConfigError::not_allowed(field, got, "runs of one configuration"));
            }
        }
        Ok(Self::of(field, runs))
    }

    /// Of runs of one configuration, one at least.
    pub fn of(field: &'static str, runs: Vec<SideRun>) -> Self {
        Self { field, runs }
    }

    /// The fields of the configuration in which `new` differs.
    pub fn differences_to(&self, new: &Self) -> Vec<ConfigDifference> {
        config_differences(&self.runs[0].config, &new.runs[0].config)
    }

    /// # Errors
    /// Names the runs that are INVALID or were interrupted, and why.
    pub fn check_valid(&self) -> Result<(), RunError> {
        check_valid(self.field, self.runs.iter().map(|run| (run.about.folder.as_path(), run.about.doubt())))
    }

    /// Refuses this side where it differs in load or workload from the base.
    ///
    /// # Errors
    /// Names the fields that differ, with both values.
    pub fn check_alike(&self, differences: &[ConfigDifference]) -> Result<(), ConfigError> {
        check_alike(self.field, differences)
    }

    /// The runs.
    pub fn into_runs(self) -> Vec<SideRun> {
        self.runs
    }
}

impl SideRun {
    fn read(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let run = read(field, folder)?;
        let (config, summary) = (run.config, run.summary);
        let cpu_per_claim = summary.controller.as_ref().and_then(|cost| cost.cpu_s_per_claim);
        let mut sample = RunSample { cpu_per_claim, ..RunSample::of(&run.claims, &Timeouts::of(&config)) };
        if config.load.object.is_bare() {
            sample.cold.clear(); // no pool could have made them warm
        }
        if sample.time_to_ready.is_empty() {
            let (why, allowed) = ("no claims but warm-ups", "a run of claims that were to be sent");
            return Err(ConfigError::not_allowed_path(field, folder, why, allowed));
        }
        let about = ComparedRun::of(folder.to_owned(), summary, run.claims.len(), run.warm_up_claims);
        Ok(Self { config, sample, about })
    }
}
