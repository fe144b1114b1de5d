use clap::Args;

use super::options::{ConfigArgs, OutputFormat};
use super::output::{harmless, write_out};
use super::stack::{on_stack, print_json};
use super::target::TargetArgs;
use crate::run::RunError;
use crate::stack;

#[derive(Args)]
pub(super) struct Status {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// A table, or the same as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
}

impl Status {
    pub fn run(self) -> Result<i32, RunError> {
        let config = self.config.load(Vec::new())?;
        let status =
            on_stack(&self.target.target(), &config, async |client| stack::status(client, &config.stack).await)?;
        if self.output == OutputFormat::Text {
            write_out(harmless(&status.to_string()).as_bytes())?;
        }
        print_json(self.output, &status)?;
        Ok(i32::from(!status.is_ready()))
    }
}
