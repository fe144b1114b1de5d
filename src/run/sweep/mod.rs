//! `sweep`: a run at each point of a grid of settings, in one folder. What was stopped or killed goes on where it was.

mod check;
mod kept;
mod options;
mod play;
mod settings;

pub use options::{OnSweepBegins, OnSweepPoint, SweepOptions};

use std::path::PathBuf;

use super::RunError;
use crate::config::{ConfigError, from_value};
use crate::load::new_run_id;
use crate::report::{SweepKey, SweepReport};
use check::check;
use kept::{begun, new_report};
use play::Points;
use settings::settings;

/// What became of a sweep.
#[derive(Debug)]
pub struct SweepResult {
    /// As in `sweep.json`.
    pub report: SweepReport,
    /// The folder of all points.
    pub out_dir: PathBuf,
}

impl SweepResult {
    /// The command's exit code: 0 where all points are valid, 3 where some are not, 130 interrupted.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match (self.report.done, self.report.points.iter().any(|point| point.invalid.is_some())) {
            (false, _) => 130,
            (true, true) => 3,
            (true, false) => 0,
        }
    }
}

/// Runs every point that is not in the folder yet, blocking. On a cluster the pools are emptied and filled before each.
///
/// # Errors
/// [`RunError::Config`] before anything is touched: for a point that is no configuration, and for a folder of another
/// sweep. [`RunError`] of the first run that fails; the points before it are in the folder, and in `sweep.json`.
pub fn sweep(options: &SweepOptions) -> Result<SweepResult, RunError> {
    let out_dir = options.config.output.dir.clone();
    let out_dir = out_dir.unwrap_or_else(|| PathBuf::from(format!("asb-sweep-{}", new_run_id())));
    let options = &without_single_values(options)?;
    let settings = settings(&options.keys)?;
    let report = begun(new_report(options, settings.len())?, &out_dir)?;
    let points = Points::new(options, &out_dir, settings, report);
    check(options, &points)?;
    let report = points.play()?;
    Ok(SweepResult { report, out_dir })
}

/// A key of one value is a part of what all points have in common.
fn without_single_values(options: &SweepOptions) -> Result<SweepOptions, ConfigError> {
    let (single, keys): (Vec<SweepKey>, _) = options.keys.iter().cloned().partition(|key| key.values.len() == 1);
    let overrides: Vec<_> =
        single.into_iter().flat_map(|key| key.values.into_iter().map(move |it| (key.key.clone(), it))).collect();
    let config =
        serde_json::to_value(&options.config).map_err(|error| ConfigError::new("config", error.to_string()))?;
    Ok(SweepOptions { config: from_value(config, &overrides)?, keys, ..options.clone() })
}
