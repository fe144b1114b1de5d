use clap::Args;

use super::options::{ConfigArgs, LoadArgs, OutputFormat};
use super::output::{harmless, write_out};
use super::stack::{on_stack, print_json};
use super::target::TargetArgs;
use crate::run::{RunError, preflight};

/// Exit code of a cluster that cannot carry the run.
const BLOCKED: i32 = 6;

#[derive(Args)]
pub(super) struct Preflight {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// What stdout gets: the findings for people, or as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
}

impl Preflight {
    pub fn run(self) -> Result<i32, RunError> {
        let config = self.config.load(self.load.overrides())?;
        let check = async |client: &kube::Client| preflight(client, &config).await;
        let findings = on_stack(&self.target.target(), &config, check)?;
        if self.output == OutputFormat::Text {
            write_out(harmless(&findings.to_string()).as_bytes())?;
        }
        print_json(self.output, &findings)?;
        Ok(if findings.is_blocked() { BLOCKED } else { 0 })
    }
}
