use clap::Args;

use super::options::{ConfigArgs, OutputFormat};
use super::progress::Live;
use super::stack::{on_stack, print_json};
use super::target::TargetArgs;
use super::terminal::{look, show};
use crate::report::{Line, Screen, Tone};
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
    /// What stdout gets: nothing (text is for people, on stderr), or what was done as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
}

impl Install {
    pub fn run(self) -> Result<i32, RunError> {
        let mut config = self.config.load(Vec::new())?;
        let target = self.target.target();
        // The embedded simulator has a stack at its start; to install one is to start without.
        config.simulator.empty |= target == Target::Simulator;
        let upgrade = if self.migrate { Upgrade::Migrate } else { Upgrade::Refuse };
        let live = Live::new(false);
        let installed = on_stack(&target, &config, async |client| {
            stack::install(client, &config.stack, upgrade, &|step| live.waiting(step)).await
        });
        live.end();
        let installed = installed?;
        let (mut screen, look) = (Screen::default(), look());
        for warning in &installed.warnings {
            screen.push(Line::new(Tone::Warn, "warning: ").and(Tone::Plain, warning.as_str()).hanging(2));
        }
        for step in &installed.steps {
            screen.push(Line::new(Tone::Plain, format!("{:>8.2} s  {}", step.seconds, step.name)).hanging(12));
        }
        let whole: f64 = installed.steps.iter().map(|step| step.seconds).sum();
        screen.push(Line::new(Tone::Good, format!("installed in {whole:.2} s")));
        show(&screen, &look);
        print_json(self.output, &installed)
    }
}
