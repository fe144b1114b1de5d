use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::OutputFormat;
use super::options::{ConfigArgs, LoadArgs};
use super::progress::print_lines;
use super::signals::stop_on_signal;
use super::target::TargetArgs;
use crate::load::Stop;
use crate::report::summary_text;
use crate::run::{RunError, RunOptions, RunResult, run};

#[derive(Args)]
pub(super) struct Run {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Folder for the results, new or empty [default: ./asb-RUNID].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What stdout gets: text (nothing) or json (the summary).
    #[arg(long, value_enum, default_value = "text")]
    output: OutputFormat,
    /// Run even where preflight finds that the cluster cannot carry it.
    #[arg(long)]
    force: bool,
    /// Say nothing while it runs.
    #[arg(long)]
    quiet: bool,
}

impl Run {
    pub fn run(self) -> Result<i32, RunError> {
        let mut overrides = self.load.overrides();
        overrides.extend(self.out.map(|dir| ("output.dir".to_owned(), json!(dir))));
        let config = self.config.load(overrides)?;
        let stop = Stop::default();
        stop_on_signal(&stop)?;
        let progress = (!self.quiet).then(print_lines);
        let target = self.target.target();
        let result = run(RunOptions { config, target, stop, progress, force: self.force })?;
        print(&result, self.output);
        Ok(result.exit_code())
    }
}

fn print(result: &RunResult, output: OutputFormat) {
    eprintln!("{}", summary_text(&result.summary));
    eprintln!("results in {}", result.out_dir.display());
    if output == OutputFormat::Json
        && let Ok(text) = serde_json::to_string_pretty(&result.summary)
    {
        println!("{text}");
    }
}
