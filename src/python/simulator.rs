use std::sync::{Mutex, MutexGuard, PoisonError};

use agent_sandbox_bench::run::{RunError, RunningController, simulator_options, start_controller};
use agent_sandbox_simulator::{self as simulator, Options};
use pyo3::prelude::*;

use super::config::Config;
use super::{convert, errors};

/// A running simulator on a free loopback port, with threads of its own until it is stopped.
#[pyclass(frozen, module = "agent_sandbox_bench._native")]
pub(super) struct Simulator(Mutex<Option<Running>>);

/// The controller ends before what it works on.
struct Running {
    _controller: Option<RunningController>,
    simulator: simulator::Simulator,
}

#[pymethods]
impl Simulator {
    #[new]
    fn new(py: Python<'_>, config: &Config) -> Result<Self, errors::Raised> {
        let options = Options { keep_truth: true, ..simulator_options(&config.0) };
        Ok(Self(Mutex::new(Some(py.detach(|| start(options, &config.0))?))))
    }

    /// A kubeconfig, as text.
    fn kubeconfig(&self) -> PyResult<String> {
        self.with(simulator::Simulator::kubeconfig)
    }

    /// What truly happened to each claim so far.
    fn truth<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &self.with(simulator::Simulator::truth)?)
    }

    /// The faults of the schedule, and how often each hit so far.
    fn faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &self.with(simulator::Simulator::faults)?)
    }

    /// The requests that were answered so far.
    fn requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &self.with(simulator::Simulator::requests)?.all())
    }

    /// Stops it; again is nothing.
    fn stop(&self, py: Python<'_>) {
        let running = self.lock().take();
        py.detach(|| drop(running));
    }
}

impl Simulator {
    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, ask: impl FnOnce(&simulator::Simulator) -> T) -> PyResult<T> {
        self.lock()
            .as_ref()
            .map(|running| ask(&running.simulator))
            .ok_or_else(|| errors::other("the simulator is stopped"))
    }
}

fn start(options: Options, config: &agent_sandbox_bench::config::Config) -> Result<Running, RunError> {
    let simulator = simulator::Simulator::start(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let controller = runtime.block_on(start_controller(&simulator, config, None))?;
    Ok(Running { _controller: controller, simulator })
}
