use agent_sandbox_bench::run::Runs;
use pyo3::prelude::*;

use super::cluster::{Cluster, target};
use super::errors;

/// Removes what runs left: one's, or every one's where `run_id` is None. Returns the claims, and
/// then the bare Sandboxes and Pods, as `namespace/name`.
#[pyfunction]
pub(super) fn cleanup(
    py: Python<'_>,
    cluster: &Cluster,
    run_id: Option<&str>,
    namespaces: Vec<String>,
) -> Result<Vec<String>, errors::Raised> {
    if let Some(run_id) = run_id {
        agent_sandbox_common::names::check_run_id(run_id)
            .map_err(|allowed| errors::config(&format!("run_id: got {run_id}, allowed: {allowed}"), "run_id"))?;
    }
    let target = target(Some(cluster));
    let runs = run_id.map_or(Runs::All, Runs::One);
    let removed = py.detach(|| agent_sandbox_bench::run::cleanup(&target, &namespaces, runs))?;
    Ok([removed.claims, removed.bare].concat())
}
