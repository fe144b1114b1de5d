use std::sync::Arc;

use agent_sandbox_bench::report::SearchStep;
use agent_sandbox_bench::run::{OnStep, SearchOptions};
use pyo3::prelude::*;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::convert;

/// Searches the highest rate that meets the objectives. It tells each step.
#[pyfunction]
pub(super) fn search(config: &Config, target: Option<&Cluster>, force: bool, yes: bool) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    Call::begin(Box::new(move |task| {
        let told = Arc::clone(task);
        let tell = move |step: &SearchStep| told.tell(step);
        let found = agent_sandbox_bench::run::search(&SearchOptions {
            config,
            target,
            stop: task.stop.clone(),
            force,
            yes,
            on_start: None,
            on_begin: None,
            on_step: Some(Arc::new(tell) as OnStep),
            progress: None,
            running: task.running.clone(),
        })?;
        convert::to_json_with(&found.report, "out_dir", found.out_dir.display().to_string())
    }))
}
