use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::packed::{pack, unpack};
use crate::config::{Config, ConfigError, Labels, Output, from_value};
use crate::files::read_regular;
use crate::measure::{Environment, InvalidReason, Word};
use crate::report::ComparedRun;
use crate::run::compare::SideRun;

/// Raised when a name or meaning in the file changes.
const VERSION: u32 = 1;
/// Claims of all runs, at most: about a megabyte, which a repository can hold.
pub(super) const MOST_CLAIMS: usize = 200_000;

/// A baseline: what a comparison needs of runs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    baseline_version: u32,
    /// The first run's configuration, without the fields that do not change what is measured.
    config: Value,
    runs: Vec<Run>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    run_id: String,
    tool_version: String,
    labels: Labels,
    environment: Option<Environment>,
    valid: bool,
    invalid_reasons: Vec<Word<InvalidReason>>,
    interrupted: bool,
    claims: usize,
    warm_up_claims: usize,
    cpu_s_per_claim: Option<f64>,
    /// All claims, packed.
    samples: String,
}

/// The text of the file that stores `runs`, one at least.
///
/// # Errors
/// A [`ConfigError`] for runs that cannot be written.
pub(super) fn text(runs: Vec<SideRun>) -> Result<String, ConfigError> {
    let wrong = |error: &dyn std::fmt::Display| ConfigError::new("DIR", format!("cannot be stored: {error}"));
    let config = Config { run_id: None, output: Output::default(), slo: Vec::new(), ..runs[0].config.clone() };
    let stored = runs.into_iter().map(Run::of).collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&error))?;
    let config = serde_json::to_value(config).map_err(|error| wrong(&error))?;
    let file = File { baseline_version: VERSION, config, runs: stored };
    serde_json::to_string_pretty(&file).map(|text| text + "\n").map_err(|error| wrong(&error))
}

/// The runs that a file stores.
///
/// # Errors
/// A [`ConfigError`] for `--baseline` where it is no baseline, or one of another version.
pub(super) fn read(path: &Path) -> Result<Vec<SideRun>, ConfigError> {
    let wrong = |what: &dyn std::fmt::Display| {
        ConfigError::not_allowed_path("--baseline", path, what, "a file that `baseline set` wrote")
    };
    let text = read_regular(path).map_err(|error| wrong(&error))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let version = &value["baseline_version"];
    if *version != VERSION {
        return Err(wrong(&format!("baseline_version {version}, and this program knows {VERSION}")));
    }
    let file: File = serde_json::from_value(value).map_err(|error| wrong(&error))?;
    let config = from_value(file.config, &[])?;
    let runs = file.runs.into_iter().map(|run| run.read(&config, path));
    let runs: Vec<SideRun> = runs.collect::<Option<_>>().ok_or_else(|| wrong(&"its claims are not whole"))?;
    if runs.is_empty() { Err(wrong(&"no runs")) } else { Ok(runs) }
}

impl Run {
    fn of(SideRun { sample, about, .. }: SideRun) -> std::io::Result<Self> {
        Ok(Self {
            samples: pack(&sample)?,
            cpu_s_per_claim: sample.cpu_per_claim,
            run_id: about.run_id,
            tool_version: about.tool_version,
            labels: about.labels,
            environment: about.environment,
            valid: about.valid,
            invalid_reasons: about.invalid_reasons,
            interrupted: about.interrupted,
            claims: about.claims,
            warm_up_claims: about.warm_up_claims,
        })
    }

    fn read(self, config: &Config, path: &Path) -> Option<SideRun> {
        let sample = unpack(&self.samples, self.cpu_s_per_claim).filter(|it| !it.time_to_ready.is_empty())?;
        let about = ComparedRun {
            folder: path.to_owned(),
            run_id: self.run_id,
            tool_version: self.tool_version,
            labels: self.labels,
            environment: self.environment,
            valid: self.valid,
            invalid_reasons: self.invalid_reasons,
            interrupted: self.interrupted,
            claims: self.claims,
            warm_up_claims: self.warm_up_claims,
        };
        Some(SideRun { config: config.clone(), sample, about })
    }
}
