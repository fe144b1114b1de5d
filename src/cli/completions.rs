use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::output::write_out;
use crate::run::RunError;

#[derive(Args)]
pub(super) struct Completions {
    /// The shell that will read the script.
    shell: Shell,
}

impl Completions {
    /// `command` is the whole command line, which the script completes.
    pub fn run(self, mut command: Command) -> Result<i32, RunError> {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "agent-sandbox-bench", &mut script);
        write_out(&script)
    }
}
