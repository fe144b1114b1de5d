use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueHint};
use serde_json::json;

use super::controller::ControllerArgs;
use super::options::{ConfigArgs, LabelArgs, LoadArgs, OutputFormat, Told, number, output_dir};
use super::progress::Live;
use super::signals::stop_on_signal;
use super::stack::print_json;
use super::target::TargetArgs;
use super::terminal::{look, show};
use crate::load::Stop;
use crate::report::{Ending, expected_line, search_text, step_text};
use crate::run::{OnBegin, OnStart, OnStep, RunError, Running, SearchOptions, search};

#[derive(Args)]
pub(super) struct Search {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    controller: ControllerArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Objectives that the rate must meet, such as `time_to_ready.p99<500ms`; without any, the configuration's.
    #[arg(long, value_name = "EXPR", num_args = 1.., help_heading = "Objectives")]
    slo: Vec<String>,
    /// The rate is known well enough when its 90 % interval is within this share of it [default: 0.05].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, help_heading = "Objectives")]
    tolerance: Option<String>,
    /// Highest rate to try, claims per second [default: 5000].
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Load")]
    max_rate: Option<String>,
    /// Folder for the results, new or empty [default: ./asb-search-ID].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    out: Option<PathBuf>,
    /// What stdout gets: nothing (text is for people, on stderr), or the search as JSON.
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    output: OutputFormat,
    /// Go on even if preflight finds that the cluster cannot carry a step, or that another run has the pool.
    #[arg(long, help_heading = "Guards")]
    force: bool,
    /// Allow a --max-rate above 5,000 claims per second on a cluster.
    #[arg(long, help_heading = "Guards")]
    yes: bool,
    /// Print nothing while it runs.
    #[arg(long, help_heading = "Output")]
    quiet: bool,
    #[command(flatten)]
    labels: LabelArgs,
    #[command(flatten)]
    told: Told,
}

impl Search {
    pub fn run(self) -> Result<i32, RunError> {
        let mut overrides = self.load.overrides();
        overrides.extend(self.controller.overrides(&self.target)?);
        overrides.extend(self.labels.overrides()?);
        overrides.extend(output_dir(self.out.as_deref())?);
        if !self.slo.is_empty() {
            overrides.push(("slo".into(), json!(self.slo)));
        }
        overrides.extend(self.tolerance.map(|share| ("search.tolerance".to_owned(), number(&share))));
        overrides.extend(self.max_rate.map(|rate| ("search.max_rate".to_owned(), number(&rate))));
        let config = self.config.load(overrides)?;
        let stop = Stop::default();
        let live = Live::new(self.quiet).with_objectives(&config.slo);
        let running = Running::default();
        stop_on_signal(&stop, &live, &running, self.target.cleanup())?;
        let result = search(&SearchOptions {
            config,
            target: self.target.target(),
            stop,
            force: self.force,
            yes: self.yes,
            on_start: (!self.quiet).then(|| foretell(&live)),
            on_begin: (!self.quiet).then(|| begin(&live)),
            on_step: (!self.quiet).then(|| tell(&live)),
            progress: live.on_progress(),
            running,
        });
        live.end();
        let result = result?;
        let ending = Ending { results: &result.out_dir, exit_code: result.exit_code(), verbose: self.told.verbose };
        let look = look();
        show(&search_text(&result.report, &ending, &look), &look);
        print_json(self.output, &result.report)?;
        Ok(result.exit_code())
    }
}

/// Says how long it takes.
fn foretell(live: &Live) -> OnStart {
    let live = live.clone();
    Arc::new(move |expected| {
        live.say(&expected_line(expected));
        live.search_begins(*expected);
    })
}

/// Shows which step begins.
fn begin(live: &Live) -> OnBegin {
    let live = live.clone();
    Arc::new(move |place, step| {
        live.step_begins(place, step);
        live.prepares();
    })
}

/// Says how a step ended.
fn tell(live: &Live) -> OnStep {
    let live = live.clone();
    Arc::new(move |step| {
        live.show(&step_text(step, &look()));
        live.step_ended(step.verdict);
    })
}
