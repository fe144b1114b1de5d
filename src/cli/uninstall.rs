use clap::Args;

use super::options::{ConfigArgs, OutputFormat};
use super::output::say;
use super::progress::Live;
use super::stack::{on_stack, print_json};
use super::target::TargetArgs;
use crate::run::RunError;
use crate::stack;

#[derive(Args)]
pub(super) struct Uninstall {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// What stdout gets: nothing (text is for people, on stderr), or what was done as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
}

impl Uninstall {
    pub fn run(self) -> Result<i32, RunError> {
        let config = self.config.load(Vec::new())?;
        let live = Live::new(false);
        let removed = on_stack(&self.target.target(), &config, async |client| {
            stack::uninstall(client, &|step| live.waiting(step)).await
        });
        live.end();
        let removed = removed?;
        say!("{} objects removed, {} nodes put back", removed.objects.len(), removed.nodes.len());
        removed.kept.iter().for_each(|kept| say!("kept: {kept}"));
        print_json(self.output, &removed)
    }
}
