use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::Cli;
use super::output::write_out;
use crate::run::RunError;

#[derive(Args)]
pub(super) struct Completions {
    /// The shell that will read the script.
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<i32, RunError> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "agent-sandbox-bench", &mut script);
        write_out(&script)
    }
}
