use clap::Args;

use super::options::{ConfigArgs, OutputFormat};
use super::output::say;
use super::stack::{on_stack, print_json};
use super::target::TargetArgs;
use crate::run::{RunError, Target};
use crate::stack::{self, Upgrade};

#[derive(Args)]
pub(super) struct Install {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// Rewrite objects that are stored in a version of the API that the release to install no longer has.
    #[arg(long)]
    migrate: bool,
    /// What stdout carries.
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
}

impl Install {
    pub fn run(self) -> Result<i32, RunError> {
        let mut config = self.config.load(Vec::new())?;
        let target = self.target.target();
        // The embedded simulator has a stack at its start; to install one is to start without.
        config.simulator.empty |= target == Target::Simulator;
        let upgrade = if self.migrate { Upgrade::Migrate } else { Upgrade::Refuse };
        let installed = on_stack(&target, &config, async |client| {
            stack::install(client, &config.stack, upgrade, &|step| say!("{step} ...")).await
        })?;
        installed.warnings.iter().for_each(|warning| say!("warning: {warning}"));
        for step in &installed.steps {
            say!("{:>8.2} s  {}", step.seconds, step.name);
        }
        print_json(self.output, &installed)
    }
}
