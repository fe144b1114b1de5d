use std::path::PathBuf;

use agent_sandbox_common::refusal;
use clap::{Args, ValueHint};

use super::OutputFormat;
use super::controller::ControllerArgs;
use super::options::{ConfigArgs, LabelArgs, LoadArgs, Told, output_dir};
use super::progress::Live;
use super::signals::stop_on_signal;
use super::stack::print_json;
use super::target::TargetArgs;
use super::terminal::{look, show};
use crate::config::ConfigError;
use crate::load::Stop;
use crate::report::{Ending, RunEnd, summary_text};
use crate::run::{RunError, RunOptions, RunResult, Running, repeat, run};

#[derive(Args)]
pub(super) struct Run {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    controller: ControllerArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// An objective, besides those of the configuration, such as `time_to_ready.p99<500ms`; a missed one is exit 4.
    #[arg(long, value_name = "EXPR", num_args = 1.., help_heading = "Objectives")]
    slo: Vec<String>,
    /// Folder for the results, new or empty [default: ./asb-RUNID].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    out: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or the summary as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    /// Run even if preflight finds that the cluster cannot carry it, or that another run has the pool.
    #[arg(long, help_heading = "Guards")]
    force: bool,
    /// Allow more than 5,000 claims per second, or 1,000,000 in all, on a cluster.
    #[arg(long, help_heading = "Guards")]
    yes: bool,
    /// Run N times, each in its own folder, run-1 to run-N, which `compare` takes as one set.
    #[arg(long, value_name = "N", value_parser = times, help_heading = "Load")]
    repeat: Option<u32>,
    /// Write the verdict and the objectives as a `JUnit` file for a CI; the run's folder has it too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "repeat",
          help_heading = "Output")]
    junit: Option<PathBuf>,
    /// Print nothing while it runs.
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    #[command(flatten)]
    labels: LabelArgs,
    #[command(flatten)]
    told: Told,
}

impl Run {
    pub fn run(self) -> Result<i32, RunError> {
        let mut overrides = self.load.overrides();
        overrides.extend(self.controller.overrides(&self.target)?);
        overrides.extend(self.labels.overrides()?);
        overrides.extend(output_dir(self.out.as_deref())?);
        let mut config = self.config.load(overrides)?;
        for objective in &self.slo {
            config.slo.push(objective.parse().map_err(|message: String| ConfigError::new("--slo", message))?);
        }
        let stop = Stop::default();
        let live = Live::new(self.quiet).with_objectives(&config.slo);
        let running = Running::default();
        stop_on_signal(&stop, &live, &running, self.target.cleanup())?;
        let progress = live.on_progress();
        live.prepares();
        let target = self.target.target();
        let options = RunOptions { config, target, stop, progress, force: self.force, yes: self.yes, running };
        let Some(times) = self.repeat else {
            let result = run(options);
            live.end();
            let result = result?;
            if let Some(file) = &self.junit {
                std::fs::copy(result.out_dir.join("junit.xml"), file)
                    .map_err(|error| RunError::Write { what: file.display().to_string(), error })?;
            }
            self.tell(&result);
            print_json(self.output, &result.summary)?;
            return Ok(result.exit_code());
        };
        let results = repeat(&options, times);
        live.end();
        let results = results?;
        for result in &results {
            self.tell(result);
        }
        let summaries: Vec<_> = results.iter().map(|result| &result.summary).collect();
        print_json(self.output, &summaries)?;
        Ok(worst(&results))
    }

    fn tell(&self, result: &RunResult) {
        let ending = Ending { results: &result.out_dir, exit_code: result.exit_code(), verbose: self.told.verbose };
        let RunResult { summary, validity, examples, .. } = result;
        let look = look();
        show(&summary_text(&RunEnd { summary, validity, examples, ending }, &look), &look);
    }
}

fn times(text: &str) -> Result<u32, String> {
    let times = text.parse().ok().filter(|times| (1..=1000).contains(times));
    times.ok_or_else(|| refusal(format!("\"{text}\""), "a whole number from 1 to 1000"))
}

/// The exit code of several runs: where several hold, 130, then 3, then 4.
fn worst(results: &[RunResult]) -> i32 {
    let codes: Vec<i32> = results.iter().map(RunResult::exit_code).collect();
    [130, 3, 4].into_iter().find(|code| codes.contains(code)).unwrap_or(0)
}
