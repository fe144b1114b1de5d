use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::compare::{VerdictArgs, conclude};
use super::help;
use super::options::{OutputFormat, Told};
use super::output::say;
use crate::run::{BASELINE, RunError, check_baseline, set_baseline};

#[derive(Args)]
pub(super) struct Baseline {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Store what a comparison needs of runs in one file.
    #[command(after_help = help::BASELINE_SET)]
    Set(Set),
    /// Compare runs with the baseline; exit 5 if they are slower beyond chance.
    #[command(after_help = help::BASELINE_CHECK)]
    Check(Check),
}

#[derive(Args)]
struct Set {
    /// Folders of runs, or of sets of runs (`run --repeat`).
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    /// File to write.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = BASELINE)]
    name: PathBuf,
    /// Store even INVALID and interrupted runs.
    #[arg(long)]
    force: bool,
}

#[derive(Args)]
struct Check {
    /// Folders of the runs to judge, or of sets of runs.
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    folders: Vec<PathBuf>,
    /// The file that `baseline set` wrote.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = BASELINE)]
    baseline: PathBuf,
    #[command(flatten)]
    verdict: VerdictArgs,
    /// What stdout gets: nothing (text is for people, on stderr), or the comparison as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    #[command(flatten)]
    told: Told,
}

impl Baseline {
    pub fn run(self) -> Result<i32, RunError> {
        match self.verb {
            Verb::Set(set) => {
                set_baseline(&set.folders, &set.name, set.force)?;
                say!("wrote {}", set.name.display());
                Ok(0)
            }
            Verb::Check(check) => {
                let report = check_baseline(&check.folders, &check.baseline, &check.verdict.options())?;
                conclude(&report, &check.verdict, &check.told, check.output)
            }
        }
    }
}
