//! `ab`: runs two configurations in turns, in random order, until the comparison can tell which is slower.

mod look;
mod options;
mod turns;

pub use options::{AbOptions, OnAbLook, OnAbRun};

use std::path::PathBuf;

use super::RunError;
use super::compare::{check_alike, config_differences};
use crate::config::ConfigError;
use crate::load::{Plan, new_run_id};
use crate::measure::check_objectives;
use crate::report::{AbReport, RunFolder};
use turns::Turns;

/// What became of two configurations run in turns.
#[derive(Debug)]
pub struct AbResult {
    /// As in `ab.json`.
    pub report: AbReport,
    /// The folder of all runs.
    pub out_dir: PathBuf,
}

/// Runs base and new in turns, blocking, and compares them. Each run has a folder of its own, and full pools before it.
///
/// # Errors
/// [`RunError`] of the first run that fails; those before it are in the folder, and in `ab.json`. Configurations that
/// differ in load or workload are refused before anything is touched, unless forced.
pub fn ab(options: &AbOptions) -> Result<AbResult, RunError> {
    check(options)?;
    let out_dir = options.configs[0].output.dir.clone();
    let out_dir = out_dir.unwrap_or_else(|| PathBuf::from(format!("asb-ab-{}", new_run_id())));
    RunFolder::check(&out_dir)?;
    let report = Turns::new(options, &out_dir).play()?;
    Ok(AbResult { report, out_dir })
}

/// Refuses what the first run of either side would refuse, and what could not be compared.
fn check(options: &AbOptions) -> Result<(), ConfigError> {
    for config in &options.configs {
        check_objectives(config)?;
        Plan::new(&config.load, config.load.seed.unwrap_or_default())?;
    }
    let [base, new] = &options.configs;
    if options.compare.force { Ok(()) } else { check_alike("--new", &config_differences(base, new)) }
}
