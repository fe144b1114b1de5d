use agent_sandbox_common::names::check_run_id;
use clap::Args;

use super::output::{harmless, say, write_out};
use super::target::TargetArgs;
use crate::config::ConfigError;
use crate::run::{RunError, Runs, Target, cleanup};

#[derive(Args)]
pub(super) struct Cleanup {
    #[command(flatten)]
    target: TargetArgs,
    /// The run whose leftovers to remove, as its config.yaml says.
    #[arg(long, value_name = "ID", required_unless_present = "all_runs", conflicts_with = "all_runs")]
    run_id: Option<String>,
    /// Remove every run's leftovers.
    #[arg(long)]
    all_runs: bool,
    /// Only these namespaces; all of them when absent.
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Vec<String>,
}

impl Cleanup {
    pub fn run(self) -> Result<i32, RunError> {
        let target = self.target.target();
        if target == Target::Simulator {
            let allowed =
                "a cluster: --context or --kubeconfig (the embedded simulator keeps nothing between commands)";
            return Err(ConfigError::not_allowed("TARGET", "nothing", allowed).into());
        }
        if let Some(run_id) = &self.run_id {
            check_run_id(run_id).map_err(|allowed| ConfigError::not_allowed("--run-id", run_id, allowed))?;
        }
        let runs = self.run_id.as_deref().map_or(Runs::All, Runs::One);
        let removed = cleanup(&target, &self.namespace, runs)?;
        for name in removed.claims.iter().chain(&removed.bare) {
            write_out(format!("{}\n", harmless(name)).as_bytes())?;
        }
        let leases = if removed.leases.is_empty() { "" } else { ", and the run's Lease on its pool" };
        let runners = if removed.runners.is_empty() { "" } else { ", and the runners with all they ran by" };
        let bare = removed.bare.len();
        let bare = if bare == 0 { String::new() } else { format!(", {bare} bare Sandboxes and Pods") };
        say!("{} claims removed{bare}{leases}{runners}", removed.claims.len());
        Ok(0)
    }
}
