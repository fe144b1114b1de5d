use agent_sandbox_bench::cluster::kube_client;
use agent_sandbox_bench::load::Stop;
use agent_sandbox_bench::run::{RunError, Target};
use agent_sandbox_bench::stack::{self, Upgrade};
use pyo3::prelude::*;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::config::Config;
use super::convert;

/// Steps and waits go to Python's logging.
pub(super) const LOG: fn(&str) = |step| Python::attach(|py| drop(log(py, step)));

/// Brings the stack to what `config` says. Gives what was installed, and each step with its seconds.
#[pyfunction]
pub(super) fn install(config: &Config, target: Option<&Cluster>, migrate: bool) -> PyResult<Call> {
    let mut config = config.0.clone();
    let target = self::target(target);
    // The embedded simulator has a stack at its start; to install one is to start without.
    config.simulator.empty |= target == Target::Simulator;
    let upgrade = if migrate { Upgrade::Migrate } else { Upgrade::Refuse };
    Call::begin(Box::new(move |task| {
        let install = async |client: &kube::Client| stack::install(client, &config.stack, upgrade, &LOG).await;
        convert::to_json(&on_stack(&task.stop, &target, &config, install)?)
    }))
}

/// Removes what was installed, and nothing else. Gives what went and what was kept.
#[pyfunction]
pub(super) fn uninstall(config: &Config, target: Option<&Cluster>) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    Call::begin(Box::new(move |task| {
        let uninstall = async |client: &kube::Client| stack::uninstall(client, &LOG).await;
        convert::to_json(&on_stack(&task.stop, &target, &config, uninstall)?)
    }))
}

/// Gives what stands, whose it is, and what is wrong with it; `ready` where a run can start.
#[pyfunction]
pub(super) fn status(config: &Config, target: Option<&Cluster>) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    Call::begin(Box::new(move |task| {
        let look = async |client: &kube::Client| stack::status(client, &config.stack).await;
        let status = on_stack(&task.stop, &target, &config, look)?;
        convert::to_json_with(&status, "ready", status.is_ready())
    }))
}

/// Gives whether the target can carry the run: each finding, and `blocked` where it cannot.
#[pyfunction]
pub(super) fn preflight(config: &Config, target: Option<&Cluster>) -> PyResult<Call> {
    let (config, target) = (config.0.clone(), self::target(target));
    Call::begin(Box::new(move |task| {
        let check = async |client: &kube::Client| agent_sandbox_bench::run::preflight(client, &config).await;
        let findings = on_stack(&task.stop, &target, &config, check)?;
        convert::to_json_with(&findings, "blocked", findings.is_blocked())
    }))
}

/// Opens the target and works on it, until `stop`.
fn on_stack<T, E: Into<RunError>>(
    stop: &Stop,
    target: &Target,
    config: &agent_sandbox_bench::config::Config,
    work: impl AsyncFnOnce(&kube::Client) -> Result<T, E>,
) -> Result<T, RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let play = async {
        let opened = target.open(config).await?;
        let client = kube_client(&opened.access).await?;
        work(&client).await.map_err(Into::into)
    };
    runtime.block_on(async {
        tokio::select! {
            done = play => done,
            () = stop.stopped() => Err(RunError::Interrupted),
        }
    })
}

fn log(py: Python<'_>, text: &str) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", ("agent_sandbox_bench",))?;
    logger.call_method1("info", ("%s", text)).map(drop)
}
