use std::time::Duration;

use agent_sandbox_bench::cluster::kube_client;
use agent_sandbox_bench::run::{RunError, Target};
use agent_sandbox_bench::stack::{self, Upgrade};
use pyo3::prelude::*;
use serde_json::Value;

use super::cluster::{Cluster, target};
use super::config::Config;
use super::errors::Raised;
use super::{convert, errors};

/// From one look at signals to the next.
const SIGNAL_CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Steps and waits go to Python's logging.
pub(super) const LOG: fn(&str) = |step| Python::attach(|py| drop(log(py, step)));

/// Brings the stack to what `config` says. Returns what was installed, and each step with its seconds.
#[pyfunction]
pub(super) fn install<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
    migrate: bool,
) -> Result<Bound<'py, PyAny>, Raised> {
    let mut config = config.0.clone();
    let target = self::target(target);
    // The embedded simulator has a stack at its start; to install one is to start without.
    config.simulator.empty |= target == Target::Simulator;
    let stack = config.stack.clone();
    let upgrade = if migrate { Upgrade::Migrate } else { Upgrade::Refuse };
    let installed = on_stack(py, &target, &config, async |client| stack::install(client, &stack, upgrade, &LOG).await)?;
    Ok(convert::to_python(py, &installed)?)
}

/// Removes what was installed, and nothing else. Returns what went and what was kept.
#[pyfunction]
pub(super) fn uninstall<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
) -> Result<Bound<'py, PyAny>, Raised> {
    let target = self::target(target);
    let removed = on_stack(py, &target, &config.0, async |client| stack::uninstall(client, &LOG).await)?;
    Ok(convert::to_python(py, &removed)?)
}

/// What stands, whose it is, and what is wrong with it; `ready` where a run can start.
#[pyfunction]
pub(super) fn status<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
) -> Result<Bound<'py, PyAny>, Raised> {
    let stack = config.0.stack.clone();
    let target = self::target(target);
    let status = on_stack(py, &target, &config.0, async |client| stack::status(client, &stack).await)?;
    let mut told = serde_json::to_value(&status).map_err(|error| errors::other(error.to_string()))?;
    told["ready"] = Value::Bool(status.is_ready());
    Ok(convert::to_python(py, &told)?)
}

/// Whether the target can carry the run: each finding, and `blocked` where it cannot.
#[pyfunction]
pub(super) fn preflight<'py>(
    py: Python<'py>,
    config: &Config,
    target: Option<&Cluster>,
) -> Result<Bound<'py, PyAny>, Raised> {
    let config = config.0.clone();
    let target = self::target(target);
    let check = async |client: &kube::Client| agent_sandbox_bench::run::preflight(client, &config).await;
    let findings = on_stack(py, &target, &config, check)?;
    let mut told = serde_json::to_value(&findings).map_err(|error| errors::other(error.to_string()))?;
    told["blocked"] = Value::Bool(findings.is_blocked());
    Ok(convert::to_python(py, &told)?)
}

/// Opens the target and works on it, in this thread; what a signal handler raises ends the work.
fn on_stack<T: Send, E: Into<RunError>>(
    py: Python<'_>,
    target: &Target,
    config: &agent_sandbox_bench::config::Config,
    work: impl AsyncFnOnce(&kube::Client) -> Result<T, E> + Send,
) -> Result<T, Raised> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(PyErr::from)?;
    py.detach(|| {
        let play = async {
            let opened = target.open(config).await?;
            let client = kube_client(&opened.access).await?;
            work(&client).await.map_err(Into::into)
        };
        runtime.block_on(async {
            tokio::select! {
                done = play => Ok(done?),
                raised = signalled() => Err(raised.into()),
            }
        })
    })
}

fn log(py: Python<'_>, text: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("agent_sandbox_bench",))?;
    logger.call_method1("info", ("%s", text)).map(drop)
}

async fn signalled() -> PyErr {
    loop {
        tokio::time::sleep(SIGNAL_CHECK_INTERVAL).await;
        // As a bare path the method would be tied to one lifetime, which `attach` does not take.
        #[expect(clippy::redundant_closure_for_method_calls)]
        let signalled = Python::attach(|py| py.check_signals());
        if let Err(raised) = signalled {
            return raised;
        }
    }
}
