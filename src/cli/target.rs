use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::run::Target;

/// Where to work. Nothing: the embedded simulator.
#[derive(Args)]
pub(super) struct TargetArgs {
    /// Kubeconfig file; its current context unless --context names another.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Target")]
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

    /// The command that cleans up on this target, without the run's id; `None` for the embedded simulator, of which nothing
    /// stays.
    pub fn cleanup(&self) -> Option<String> {
        if self.target() == Target::Simulator {
            return None;
        }
        let mut command = "agent-sandbox-bench cleanup".to_owned();
        command.extend(self.kubeconfig.iter().map(|file| format!(" --kubeconfig '{}'", file.display())));
        command.extend(self.context.iter().map(|context| format!(" --context '{context}'")));
        command.extend(self.in_cluster.then_some(" --in-cluster"));
        Some(command)
    }
}
