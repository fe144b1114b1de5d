use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::output::write_out;
use crate::cluster::contexts;
use crate::run::RunError;

const NAME: &str = "agent-sandbox-bench";
/// By this variable, which names the shell, a script asks for what may follow.
const VARIABLE: &str = "_AGENT_SANDBOX_BENCH_COMPLETE";

#[derive(Args)]
pub(super) struct Completions {
    /// The shell that will read the script.
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<i32, RunError> {
        let mut script = Vec::new();
        let shells = Shells::builtins();
        if let Some(shell) = shells.completer(&self.shell.to_string()) {
            shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
        }
        write_out(&script)
    }
}

/// Answers a shell's script that asks what may follow `arguments`; `None` where this is no such question.
pub(super) fn answer(command: fn() -> Command, arguments: &[OsString]) -> Option<i32> {
    std::env::var_os(VARIABLE)?;
    let kubeconfig = kubeconfig(arguments);
    let current = std::env::current_dir().ok();
    let complete = CompleteEnv::with_factory(|| offering(command(), kubeconfig.as_deref())).var(VARIABLE);
    let done = complete.completer(NAME).bin(NAME).try_complete(arguments, current.as_deref());
    // Where Python started us nothing else writes out what has no line's end.
    let _ = std::io::stdout().flush();
    done.map_or_else(|error| Some(error.exit_code()), |asked| asked.then_some(0))
}

/// The command, whose contexts are those of the kubeconfig.
fn offering(command: Command, kubeconfig: Option<&Path>) -> Command {
    let command = command.mut_args(|arg| {
        if arg.get_id() != "context" {
            return arg;
        }
        let file = kubeconfig.map(Path::to_owned);
        let names = move || contexts(file.as_deref()).into_iter().map(CompletionCandidate::new).collect();
        arg.add(ArgValueCandidates::new(names))
    });
    command.mut_subcommands(|command| offering(command, kubeconfig))
}

/// The kubeconfig that the line names so far.
fn kubeconfig(words: &[OsString]) -> Option<PathBuf> {
    let at = words.iter().position(|word| word == "--kubeconfig")?;
    // Bash takes --kubeconfig=FILE for three words.
    words[at + 1..].iter().find(|word| *word != "=").filter(|word| !word.is_empty()).map(PathBuf::from)
}
