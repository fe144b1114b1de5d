use agent_sandbox_bench::run::Runs;
use pyo3::prelude::*;

use super::call::Call;
use super::cluster::{Cluster, target};
use super::{convert, errors};

/// Removes what runs left: one's, or every one's where `run_id` is None. Gives the claims, and
/// then the bare Sandboxes and Pods, as `namespace/name`.
#[pyfunction]
pub(super) fn cleanup(cluster: &Cluster, run_id: Option<String>, namespaces: Vec<String>) -> PyResult<Call> {
    if let Some(run_id) = &run_id {
        agent_sandbox_common::names::check_run_id(run_id)
            .map_err(|allowed| errors::config(&format!("run_id: got {run_id}, allowed: {allowed}"), "run_id"))?;
    }
    let target = target(Some(cluster));
    Call::begin(Box::new(move |_| {
        let runs = run_id.as_deref().map_or(Runs::All, Runs::One);
        let removed = agent_sandbox_bench::run::cleanup(&target, &namespaces, runs)?;
        convert::to_json(&[removed.claims, removed.bare].concat())
    }))
}
