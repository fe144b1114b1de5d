use std::path::Path;
use std::sync::Arc;

use agent_sandbox_bench::measure::Summary;
use agent_sandbox_bench::run::{OnProgress, Progress, RunOptions};
use pyo3::prelude::*;
use serde::Serialize;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::convert;

/// What a run gives.
#[derive(Serialize)]
struct Done<'a> {
    summary: &'a Summary,
    out_dir: &'a Path,
}

/// Runs to the end. With `follow` it reports its progress.
#[pyfunction]
pub(super) fn run(config: &Config, target: Option<&Cluster>, follow: bool, force: bool, yes: bool) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    Call::begin(Box::new(move |task| {
        let told = Arc::clone(task);
        let tell = move |progress: &Progress| told.tell_latest(progress);
        let done = agent_sandbox_bench::run::run(RunOptions {
            config,
            target,
            stop: task.stop.clone(),
            progress: follow.then(|| Arc::new(tell) as OnProgress),
            force,
            yes,
            running: task.running.clone(),
        })?;
        convert::to_json(&Done { summary: &done.summary, out_dir: &done.out_dir })
    }))
}
