use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};

use super::controller::ControllerArgs;
use super::options::{FileArgs, LabelArgs, LoadArgs, OutputFormat, output_dir};
use super::progress::Live;
use super::signals::stop_on_signal;
use super::stack::print_json;
use super::target::TargetArgs;
use super::terminal::{look, show};
use crate::config::{Config, ConfigError, parse_set_list};
use crate::load::Stop;
use crate::report::{Ending, Screen, SweepKey, sweep_begins, sweep_point_line, sweep_text};
use crate::run::{RunError, Running, SweepOptions, sweep};

#[derive(Args)]
pub(super) struct Sweep {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    controller: ControllerArgs,
    #[command(flatten)]
    file: FileArgs,
    /// A field and its values, such as load.rate=5,10,20; each is YAML. With several, every combination is a point.
    #[arg(long, value_name = "KEY.PATH=VALUE,...", required = true, help_heading = "Configuration")]
    set: Vec<String>,
    #[command(flatten)]
    load: LoadArgs,
    /// A figure to show of each point, as objectives name it; of two there is a Pareto line.
    #[arg(long, value_name = "FIGURE", default_values = ["time_to_ready.p50", "time_to_ready.p99", "ready_fraction"],
          help_heading = "Output")]
    figure: Vec<String>,
    /// Folder for the results, new or empty, or that of the same sweep, which then goes on [default: ./asb-sweep-ID].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    out: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or sweep.json.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    /// Run even if preflight finds that the cluster cannot carry a point, or that another run has the pool.
    #[arg(long, help_heading = "Guards")]
    force: bool,
    /// Allow more than 5,000 claims per second, or 1,000,000 in all, on a cluster.
    #[arg(long, help_heading = "Guards")]
    yes: bool,
    /// Print nothing while it runs.
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    #[command(flatten)]
    labels: LabelArgs,
}

impl Sweep {
    pub fn run(self) -> Result<i32, RunError> {
        let (config, keys) = (self.config()?, self.keys()?);
        let (stop, live, running) = (Stop::default(), Live::new(self.quiet), Running::default());
        stop_on_signal(&stop, &live, &running, self.target.cleanup())?;
        live.prepares();
        let (of_begin, of_point) = (live.clone(), live.clone());
        let result = sweep(&SweepOptions {
            config,
            keys,
            figures: self.figure,
            target: self.target.target(),
            stop,
            force: self.force,
            yes: self.yes,
            on_begin: (!self.quiet)
                .then(|| Arc::new(move |report: &_, folder: &_| of_begin.say(&sweep_begins(report, folder))) as _),
            on_point: (!self.quiet).then(|| {
                Arc::new(move |point: &_| {
                    of_point.show(&Screen::from(sweep_point_line(point)));
                    of_point.prepares();
                }) as _
            }),
            progress: live.on_progress(),
            running,
        });
        live.end();
        let result = result?;
        let ending = Ending { results: &result.out_dir, exit_code: result.exit_code(), verbose: false };
        let look = look();
        show(&sweep_text(&result.report, &ending, &look), &look);
        print_json(self.output, &result.report)?;
        Ok(result.exit_code())
    }

    /// What all points have in common.
    fn config(&self) -> Result<Config, ConfigError> {
        let mut overrides = self.load.overrides();
        overrides.extend(self.controller.overrides(&self.target)?);
        overrides.extend(self.labels.overrides()?);
        overrides.extend(output_dir(self.out.as_deref())?);
        self.file.load(&overrides)
    }

    fn keys(&self) -> Result<Vec<SweepKey>, ConfigError> {
        let key = |text: &String| parse_set_list(text).map(|(key, values)| SweepKey { key, values });
        self.set.iter().map(key).collect()
    }
}
