use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};

use super::compare::VerdictArgs;
use super::options::{LoadArgs, OutputFormat, Told, load_file, output_dir, parse_sets};
use super::progress::Live;
use super::signals::stop_on_signal;
use super::stack::print_json;
use super::target::TargetArgs;
use super::terminal::{look, show};
use crate::config::{Config, ConfigError, Duration};
use crate::load::Stop;
use crate::report::{AbEnd, AbReport, Ending, Screen, ab_look_line, ab_run_line, ab_text};
use crate::run::{AbOptions, RunError, Running, ab};

const HEADING: &str = "Configuration";

#[derive(Args)]
pub(super) struct Ab {
    #[command(flatten)]
    target: TargetArgs,
    /// Configuration to compare with, YAML or JSON [default: all defaults].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING)]
    base: Option<PathBuf>,
    /// Configuration to judge [default: the file of --base].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "calibrate",
          help_heading = HEADING)]
    new: Option<PathBuf>,
    /// Set one field of both sides; VALUE is YAML.
    #[arg(long, value_name = "KEY.PATH=VALUE", help_heading = HEADING)]
    set: Vec<String>,
    /// Set one field of the base, such as simulator.controller.command=./old.
    #[arg(long, value_name = "KEY.PATH=VALUE", help_heading = HEADING)]
    base_set: Vec<String>,
    /// Set one field of the new side.
    #[arg(long, value_name = "KEY.PATH=VALUE", conflicts_with = "calibrate", help_heading = HEADING)]
    new_set: Vec<String>,
    #[command(flatten)]
    load: LoadArgs,
    /// Most time that it takes; the first pair runs in any case.
    #[arg(long, value_name = "DURATION", default_value = "30m", help_heading = "Verdict")]
    at_most: Duration,
    /// Run the base against itself, and say how small a difference is found here, and in how long.
    #[arg(long, help_heading = "Verdict")]
    calibrate: bool,
    #[command(flatten)]
    verdict: VerdictArgs,
    /// Allow more than 5,000 claims per second, or 1,000,000 in all, on a cluster.
    #[arg(long, help_heading = "Guards")]
    yes: bool,
    /// Folder for the results, new or empty [default: ./asb-ab-ID].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    out: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or ab.json.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    /// Print nothing while it runs.
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    #[command(flatten)]
    told: Told,
}

impl Ab {
    pub fn run(self) -> Result<i32, RunError> {
        let configs = self.configs()?;
        let (stop, live, running) = (Stop::default(), Live::new(self.quiet), Running::default());
        stop_on_signal(&stop, &live, &running, self.target.cleanup())?;
        live.prepares();
        let (of_run, of_look) = (live.clone(), live.clone());
        let result = ab(&AbOptions {
            configs,
            target: self.target.target(),
            stop,
            at_most: self.at_most,
            calibrate: self.calibrate,
            compare: self.verdict.options(),
            yes: self.yes,
            on_run: (!self.quiet).then(|| {
                Arc::new(move |run: &_| {
                    of_run.show(&Screen::from(ab_run_line(run)));
                    of_run.prepares();
                }) as _
            }),
            on_look: (!self.quiet).then(|| Arc::new(move |it: &_| of_look.show(&Screen::from(ab_look_line(it)))) as _),
            progress: live.on_progress(),
            running,
        });
        live.end();
        let result = result?;
        let (exit_code, look) = (exit_code(&result.report, &self.verdict), look());
        let ending = Ending { results: &result.out_dir, exit_code, verbose: self.told.verbose };
        show(&ab_text(&result.report, &ending, &look), &look);
        print_json(self.output, &result.report)?;
        Ok(exit_code)
    }

    /// What is said of one side is laid over what is said of both.
    fn configs(&self) -> Result<[Config; 2], RunError> {
        let mut both = parse_sets(&self.set)?;
        both.extend(self.load.overrides());
        both.extend(output_dir(self.out.as_deref())?);
        let of_side = |sets: &[String]| Ok::<_, ConfigError>([both.clone(), parse_sets(sets)?].concat());
        let base = load_file("--base", self.base.as_deref(), &of_side(&self.base_set)?)?;
        if self.calibrate {
            return Ok([base.clone(), base]);
        }
        let (option, file) = self.new.as_ref().map_or(("--base", &self.base), |_| ("--new", &self.new));
        Ok([base, load_file(option, file.as_deref(), &of_side(&self.new_set)?)?])
    }
}

/// As `compare` ends on the last look; 3 where pairs that are no measurement left no verdict.
fn exit_code(report: &AbReport, verdict: &VerdictArgs) -> i32 {
    match (report.without_verdict(), &report.comparison) {
        (None, Some(comparison)) => verdict.exit_code(comparison),
        _ if report.ended == Some(AbEnd::Interrupted) => 130,
        _ => 3,
    }
}
