use std::sync::{Arc, Mutex, PoisonError};

use agent_sandbox_bench::load;
use agent_sandbox_bench::run::{OnProgress, Progress, RunError, RunOptions, RunResult, RunningId};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use super::attend::attend;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::errors::Raised;
use super::{convert, errors};

/// Ends a run from another thread.
#[pyclass(frozen, module = "agent_sandbox_bench")]
#[derive(Default)]
pub(super) struct Stop(pub(super) load::Stop);

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Asks for the end: the schedule stops, what was claimed is released, what was measured is written.
    fn stop(&self) {
        self.0.stop();
    }
}

/// Runs to the end and returns a `Result`. `progress` gets a dict, in this thread.
#[pyfunction]
pub(super) fn run<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
    stop: &Stop,
    progress: Option<Bound<'py, PyAny>>,
    force: bool,
    yes: bool,
) -> Result<Bound<'py, PyAny>, Raised> {
    let latest = Latest::default();
    let options = RunOptions {
        config: config.0.clone(),
        target: self::target(target),
        stop: stop.0.clone(),
        progress: progress.is_some().then(|| latest.keep()),
        force,
        yes,
        running: RunningId::default(),
    };
    let tell = || latest.tell(progress.as_ref());
    let (outcome, raised) = attend(py, &stop.0, move || agent_sandbox_bench::run::run(options), tell)?;
    finish(py, outcome, raised)
}

type Outcome = Result<RunResult, RunError>;

/// The run has ended; `raised` is what the caller's signal handler or progress function raised, and why it was stopped.
fn finish(py: Python<'_>, outcome: Outcome, raised: Option<PyErr>) -> Result<Bound<'_, PyAny>, Raised> {
    let Some(raised) = raised else { return Ok(result(py, &outcome?)?) };
    if !raised.is_instance_of::<PyKeyboardInterrupt>(py) {
        return Err(raised.into());
    }
    let (text, result) = match outcome {
        Ok(done) => {
            let text = format!("interrupted; what was measured is in {}", done.out_dir.display());
            (text, Some(result(py, &done)?))
        }
        Err(error) => (error.to_string(), None),
    };
    let interrupted = errors::interrupted(&text);
    interrupted.set_cause(py, Some(raised));
    interrupted.value(py).setattr("result", result)?;
    Err(interrupted.into())
}

fn result<'py>(py: Python<'py>, done: &RunResult) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("agent_sandbox_bench._result")?.getattr("Result")?;
    class.call1((convert::to_python(py, &done.summary)?, &done.out_dir))
}

/// How the run stands, left by its thread for the caller's.
#[derive(Default)]
struct Latest(Arc<Mutex<Option<Progress>>>);

impl Latest {
    fn keep(&self) -> OnProgress {
        let slot = Arc::clone(&self.0);
        Arc::new(move |progress| *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress.clone()))
    }

    fn tell(&self, listener: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let Some(listener) = listener else { return Ok(()) };
        let Some(progress) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        listener.call1((convert::to_python(listener.py(), &progress)?,)).map(drop)
    }
}
