use std::path::PathBuf;

use agent_sandbox_bench::run::Target;
use pyo3::prelude::*;

use super::errors;

/// A cluster, named by context, kubeconfig, or both; nothing is read or contacted until it is used.
#[pyclass(frozen, eq, module = "agent_sandbox_bench")]
#[derive(PartialEq)]
pub(super) struct Cluster {
    /// The context; the kubeconfig's current one when None.
    #[pyo3(get)]
    context: Option<String>,
    /// The kubeconfig; $KUBECONFIG, else ~/.kube/config, when None.
    #[pyo3(get)]
    kubeconfig: Option<PathBuf>,
}

#[pymethods]
impl Cluster {
    #[new]
    #[pyo3(signature = (context=None, kubeconfig=None))]
    fn new(context: Option<String>, kubeconfig: Option<PathBuf>) -> PyResult<Self> {
        if context.is_none() && kubeconfig.is_none() {
            return Err(errors::config("Cluster: got neither, allowed: context, kubeconfig, or both", ""));
        }
        Ok(Self { context, kubeconfig })
    }

    fn __repr__(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.context.as_ref().map(|context| format!("context={context:?}")));
        parts.extend(self.kubeconfig.as_ref().map(|path| format!("kubeconfig={:?}", path.display().to_string())));
        format!("Cluster({})", parts.join(", "))
    }
}

/// The target a call names; None is the embedded simulator.
pub(super) fn target(cluster: Option<&Cluster>) -> Target {
    cluster.map_or(Target::Simulator, |cluster| Target::Cluster {
        kubeconfig: cluster.kubeconfig.clone(),
        context: cluster.context.clone(),
    })
}
