use std::sync::{Arc, Mutex, PoisonError};

use agent_sandbox_bench::report::SearchStep;
use agent_sandbox_bench::run::{RunningId, SearchOptions};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use serde_json::Value;

use super::attend::attend;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::errors::Raised;
use super::run::Stop;
use super::{convert, errors};

/// Searches the highest rate that meets the objectives. Returns what `search.json` says, and `out_dir`. `on_step` gets
/// each step as a dict, in this thread.
#[pyfunction]
pub(super) fn search<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
    stop: &Stop,
    on_step: Option<Bound<'py, PyAny>>,
    force: bool,
    yes: bool,
) -> Result<Bound<'py, PyAny>, Raised> {
    let steps: Arc<Mutex<Vec<SearchStep>>> = Arc::default();
    let kept = Arc::clone(&steps);
    let keep = move |step: &SearchStep| kept.lock().unwrap_or_else(PoisonError::into_inner).push(step.clone());
    let options = SearchOptions {
        config: config.0.clone(),
        target: self::target(target),
        stop: stop.0.clone(),
        force,
        yes,
        on_start: None,
        on_begin: None,
        on_step: on_step.is_some().then(|| Arc::new(keep) as agent_sandbox_bench::run::OnStep),
        progress: None,
        running: RunningId::default(),
    };
    let tell = || {
        let told = std::mem::take(&mut *steps.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(listener) = &on_step else { return Ok(()) };
        told.iter().try_for_each(|step| listener.call1((convert::to_python(py, step)?,)).map(drop))
    };
    let (outcome, raised) = attend(py, &stop.0, move || agent_sandbox_bench::run::search(&options), tell)?;
    match (outcome, raised) {
        (_, Some(raised)) if !raised.is_instance_of::<PyKeyboardInterrupt>(py) => Err(raised.into()),
        (Ok(found), Some(raised)) => {
            let text = format!("interrupted; the steps so far are in {}", found.out_dir.display());
            let interrupted = errors::interrupted(&text);
            interrupted.set_cause(py, Some(raised));
            Err(interrupted.into())
        }
        (outcome, _) => {
            let found = outcome?;
            tell()?;
            let mut told = serde_json::to_value(&found.report).map_err(|error| errors::other(error.to_string()))?;
            told["out_dir"] = Value::String(found.out_dir.display().to_string());
            Ok(convert::to_python(py, &told)?)
        }
    }
}
