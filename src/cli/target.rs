use std::path::PathBuf;

use clap::Args;

use crate::run::Target;

/// Where to work. Nothing: the embedded simulator.
#[derive(Args)]
pub(super) struct TargetArgs {
    /// Kubeconfig file; its current context unless --context names another.
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig ($KUBECONFIG, else ~/.kube/config, unless --kubeconfig names another).
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    context: Option<String>,
    /// The cluster this runs in.
    #[arg(long, conflicts_with_all = ["kubeconfig", "context"], help_heading = "Target")]
    in_cluster: bool,
}

impl TargetArgs {
    pub fn target(&self) -> Target {
        if self.in_cluster {
            return Target::InCluster;
        }
        if self.kubeconfig.is_none() && self.context.is_none() {
            return Target::Simulator;
        }
        Target::Cluster { kubeconfig: self.kubeconfig.clone(), context: self.context.clone() }
    }
}
