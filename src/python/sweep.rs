use std::sync::Arc;

use agent_sandbox_bench::report::SweepPoint;
use agent_sandbox_bench::run::{OnSweepPoint, SweepOptions};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::{convert, errors};

/// Runs every combination of values. `grid` holds `keys`, a list of each `key` and its `values`. It tells each point.
#[pyfunction]
pub(super) fn sweep(
    config: &Config,
    grid: &Bound<'_, PyMapping>,
    figures: Vec<String>,
    target: Option<&Cluster>,
    force: bool,
    yes: bool,
) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    let keys = convert::from_python(grid)?["keys"].take();
    let keys = serde_json::from_value(keys).map_err(|error| errors::config(&format!("keys: {error}"), "keys"))?;
    Call::begin(Box::new(move |task| {
        let told = Arc::clone(task);
        let tell = move |point: &SweepPoint| told.tell(point);
        let found = agent_sandbox_bench::run::sweep(&SweepOptions {
            config,
            keys,
            figures,
            target,
            stop: task.stop.clone(),
            force,
            yes,
            on_begin: None,
            on_point: Some(Arc::new(tell) as OnSweepPoint),
            progress: None,
            running: task.running.clone(),
        })?;
        convert::to_json_with(&found.report, "out_dir", found.out_dir.display().to_string())
    }))
}
