use std::sync::Arc;

use agent_sandbox_bench::report::AbRun;
use agent_sandbox_bench::run::{AbOptions, OnAbRun};
use pyo3::prelude::*;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::compare::options;
use super::config::Config;
use super::convert;
use super::errors::{self, Raised};

/// Runs two configurations in turns and compares them. It tells each run. `margin` and `run_spread` are percentages or fractions.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "as many as the call in Python has")]
pub(super) fn ab(
    base: &Config,
    new: &Config,
    target: Option<&Cluster>,
    at_most: &str,
    calibrate: bool,
    force: bool,
    yes: bool,
    margin: &str,
    run_spread: &str,
) -> Result<Call, Raised> {
    let (configs, target) = ([base.0.clone(), new.0.clone()], self::target(target));
    let at_most = at_most.parse();
    let at_most = at_most.map_err(|message: String| errors::config(&format!("at_most: {message}"), "at_most"))?;
    let compare = options(margin, run_spread, force)?;
    Ok(Call::begin(Box::new(move |task| {
        let told = Arc::clone(task);
        let tell = move |run: &AbRun| told.tell(run);
        let found = agent_sandbox_bench::run::ab(&AbOptions {
            configs,
            target,
            stop: task.stop.clone(),
            at_most,
            calibrate,
            compare,
            yes,
            on_run: Some(Arc::new(tell) as OnAbRun),
            on_look: None,
            progress: None,
            running: task.running.clone(),
        })?;
        convert::to_json_with(&found.report, "out_dir", found.out_dir.display().to_string())
    }))?)
}
