use std::path::Path;

use super::config_differences::config_differences;
use crate::config::{Config, ConfigError};
use crate::measure::compare::RunSample;
use crate::measure::{ClaimRecord, Summary, Timeouts};
use crate::report::{Compared, ComparedRun, ConfigDifference, StoredRun};
use crate::run::RunError;
use crate::run::measurements::{check_valid, run_folders};
use crate::run::report::describe;

/// The runs of BASE or NEW, one at least, of one configuration.
pub(super) struct Side {
    /// `BASE` or `NEW`.
    field: &'static str,
    runs: Vec<Run>,
}

struct Run {
    config: Config,
    /// Those of no warm-up.
    claims: Vec<ClaimRecord>,
    summary: Summary,
    about: ComparedRun,
}

impl Side {
    /// A run's folder, or a folder of such folders: a set of runs.
    pub fn read(field: &'static str, folder: &Path) -> Result<Self, ConfigError> {
        let runs = run_folders(folder).iter().map(|run| Run::read(field, run)).collect::<Result<Vec<_>, _>>()?;
        for run in &runs[1..] {
            let differences = config_differences(&runs[0].config, &run.config);
            if let Some(unlike) = differences.iter().find(|one| one.unlike_part().is_some()) {
                let got = format!("{}, whose runs differ in {}", folder.display(), unlike.text());
                return Err(ConfigError::not_allowed(field, got, "runs of one configuration"));
            }
        }
        Ok(Self { field, runs })
    }

    pub fn differences_to(&self, new: &Self) -> Vec<ConfigDifference> {
        config_differences(&self.runs[0].config, &new.runs[0].config)
    }

    /// # Errors
    /// Names the runs that are INVALID or were interrupted, and why.
    pub fn check_valid(&self) -> Result<(), RunError> {
        check_valid(self.field, self.runs.iter().map(|run| (run.about.folder.as_path(), run.about.doubt())))
    }

    pub fn samples(&self) -> Vec<RunSample> {
        self.runs.iter().map(Run::sample).collect()
    }

    pub fn about(self) -> Vec<ComparedRun> {
        self.runs.into_iter().map(|run| run.about).collect()
    }

    /// As the page shows them: one run after the other in time.
    pub fn shown(self, folder: &Path) -> Compared {
        let config = &self.runs[0].config;
        let (timeouts, validity) = (Timeouts::of(config), config.validity.clone());
        let (mut claims, mut summaries, mut end) = (Vec::new(), Vec::new(), 0);
        for run in self.runs {
            let from = end;
            let last = |claim: &ClaimRecord| claim.ended_ns.max(claim.deleted_ns.unwrap_or(0));
            end += run.claims.iter().map(last).max().unwrap_or(0);
            claims.extend(run.claims.into_iter().map(|claim| claim.shifted(from)));
            summaries.push(run.summary);
        }
        Compared { folder: folder.display().to_string(), timeouts, validity, claims, summaries }
    }
}

impl Run {
    fn read(field: &str, folder: &Path) -> Result<Self, ConfigError> {
        let stored = StoredRun::open(field, folder)?;
        let (summary, facts) = describe(&stored)?;
        let is_warm_up = |claim: &ClaimRecord| claim.phase.as_ref().is_some_and(|phase| facts.warm_ups.contains(phase));
        let all = stored.claims()?.collect::<Result<Vec<_>, _>>()?;
        let (warm_up, claims): (Vec<_>, Vec<_>) = all.into_iter().partition(is_warm_up);
        let about = ComparedRun {
            folder: folder.to_owned(),
            run_id: summary.run_id.clone(),
            labels: summary.labels.clone(),
            tool_version: summary.tool_version.clone(),
            environment: summary.environment.clone(),
            valid: summary.valid,
            invalid_reasons: summary.invalid_reasons.clone(),
            interrupted: summary.interrupted,
            claims: claims.len(),
            warm_up_claims: warm_up.len(),
        };
        let run = Self { config: stored.config, claims, summary, about };
        if run.sample().time_to_ready.is_empty() {
            let got = format!("{}, a run of no claims but warm-ups", folder.display());
            return Err(ConfigError::not_allowed(field, got, "a run of claims that were to be sent"));
        }
        Ok(run)
    }

    fn sample(&self) -> RunSample {
        let cpu_per_claim = self.summary.controller.as_ref().and_then(|cost| cost.cpu_s_per_claim);
        RunSample { cpu_per_claim, ..RunSample::of(&self.claims, &Timeouts::of(&self.config)) }
    }
}

/// # Errors
/// Names the fields of load or workload that differ, with both values.
pub(super) fn check_alike(differences: &[ConfigDifference]) -> Result<(), ConfigError> {
    let unlike = differences.iter().filter(|one| one.unlike_part().is_some());
    let unlike: Vec<String> = unlike.map(ConfigDifference::text).collect();
    if unlike.is_empty() {
        return Ok(());
    }
    let got = format!("a run that differs in {}", unlike.join("; "));
    Err(ConfigError::not_allowed("NEW", got, "runs of the same load and workload, or --force"))
}
