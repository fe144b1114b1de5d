use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use serde_json::{Value, json};

use super::words::Words;
use crate::config::{self, Config, ConfigError, Overrides, parse_labels, words_of};
use crate::files::read_text;

/// How data is printed on stdout.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How much the text for people says.
#[derive(Args)]
pub(super) struct Told {
    /// Print all latencies, costs, pools and rules of the verdict too.
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,
}

const HEADING: &str = "Configuration";

/// The configuration file, or what stands for it.
#[derive(Args)]
pub(super) struct FileArgs {
    /// Configuration file, YAML or JSON.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING)]
    file: Option<PathBuf>,
    /// A built-in configuration, instead of a file.
    #[arg(long, value_name = "NAME", value_parser = config::preset_names().collect::<Words>(), conflicts_with = "file",
          help_heading = HEADING)]
    preset: Option<String>,
}

impl FileArgs {
    /// The file or the preset, with `overrides` laid over it.
    pub fn load(&self, overrides: &Overrides) -> Result<Config, ConfigError> {
        let Some(name) = &self.preset else { return load_file("--file", self.file.as_deref(), overrides) };
        config::from_yaml(config::preset(name)?, Path::new(name), overrides)
    }
}

/// The configuration file and what is laid over it.
#[derive(Args)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Set one field over the file, such as --set workload.hold=1s; VALUE is YAML.
    #[arg(long, value_name = "KEY.PATH=VALUE", help_heading = HEADING)]
    set: Vec<String>,
}

impl ConfigArgs {
    /// The file or the preset, then each `--set`, then `more`.
    pub fn load(&self, more: Vec<(String, Value)>) -> Result<Config, ConfigError> {
        let mut overrides = parse_sets(&self.set)?;
        overrides.extend(more);
        self.file.load(&overrides)
    }
}

/// The file that `option` names, by default nothing, with `overrides` laid over it.
///
/// # Errors
/// A [`ConfigError`] with the option, or with the path of the first field at fault.
pub(super) fn load_file(option: &str, file: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
    let Some(path) = file else { return config::from_value(Value::Null, overrides) };
    let unreadable =
        |error: std::io::Error| ConfigError::not_allowed_path(option, path, error, "a file that can be read");
    config::from_yaml(&read_text(path).map_err(unreadable)?, path, overrides)
}

/// What each `--set` says, by path.
///
/// # Errors
/// A [`ConfigError`] for the first that is none.
pub(super) fn parse_sets(sets: &[String]) -> Result<Vec<(String, Value)>, ConfigError> {
    sets.iter().map(|text| config::parse_set(text)).collect()
}

/// `output.dir`, where it is given.
///
/// # Errors
/// A [`ConfigError`] for a path that no configuration can hold.
pub(super) fn output_dir(out: Option<&Path>) -> Result<Option<(String, Value)>, ConfigError> {
    let Some(out) = out else { return Ok(None) };
    let dir = out.to_str().ok_or_else(|| {
        ConfigError::not_allowed("--out", format!("{:?}", out.display().to_string()), "a path that is UTF-8")
    })?;
    Ok(Some(("output.dir".into(), json!(dir))))
}

/// What a run is called by.
#[derive(Args)]
pub(super) struct LabelArgs {
    /// Label of the run in tables and exports, such as version=v1.2; it stands beside or over `output.labels`.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Output")]
    label: Vec<String>,
}

impl LabelArgs {
    /// The fields given, by path.
    ///
    /// # Errors
    /// A [`ConfigError`] for `--label`.
    pub fn overrides(&self) -> Result<Vec<(String, Value)>, ConfigError> {
        let labels = parse_labels(&self.label)?;
        Ok(labels.into_iter().map(|(key, value)| (format!("output.labels.{key}"), json!(value))).collect())
    }
}

/// Options of the load; each stands for one field of the configuration.
#[derive(Args)]
#[command(next_help_heading = "Load")]
pub(super) struct LoadArgs {
    /// How claims arrive over time [default: constant].
    #[arg(long, value_name = "SHAPE", value_parser = words_of("load.arrivals").into_iter().collect::<Words>())]
    arrivals: Option<String>,
    /// Claims per second [default: 10].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    rate: Option<String>,
    /// How long claims are sent, such as 30s or 5m [default: 30s].
    #[arg(long, value_name = "DURATION")]
    duration: Option<String>,
    /// Claims in all, at most [default: rate x duration].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    total: Option<String>,
    /// Seed of the schedule, a whole number [default: random, recorded].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<String>,
    /// Most claims in flight; a claim above that is not sent, and counted [default: 10000].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    max_in_flight: Option<String>,
    /// A claim that is not ready this long after its planned instant has timed out [default: 180s].
    #[arg(long, value_name = "DURATION")]
    ready_timeout: Option<String>,
    /// How long a ready claim is held before it is released [default: 0s].
    #[arg(long, value_name = "DURATION")]
    hold: Option<String>,
    /// Command run in each ready sandbox; its first output is timed [default: none].
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Namespace of the claims [default: default].
    #[arg(long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Warm pool the claims name [default: agent-sandbox].
    #[arg(long, value_name = "NAME")]
    warm_pool: Option<String>,
    /// Processes in the cluster that share the load; 0 sends it from here [default: 0].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    runners: Option<String>,
    /// Image of the runners, of this version; the simulator needs none.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
}

impl LoadArgs {
    /// The fields given, by path.
    pub fn overrides(&self) -> Vec<(String, Value)> {
        let numbers = [
            ("load.rate", &self.rate),
            ("load.total", &self.total),
            ("load.seed", &self.seed),
            ("load.max_in_flight", &self.max_in_flight),
            ("load.runners", &self.runners),
        ];
        let texts = [
            ("load.arrivals", &self.arrivals),
            ("load.duration", &self.duration),
            ("load.ready_timeout", &self.ready_timeout),
            ("workload.hold", &self.hold),
            ("workload.exec", &self.exec),
            ("load.namespace", &self.namespace),
            ("load.warm_pool", &self.warm_pool),
            ("load.runner.image", &self.image),
        ];
        let numbers = numbers.iter().filter_map(|(path, text)| Some(((*path).into(), number(text.as_deref()?))));
        let texts = texts.iter().filter_map(|(path, text)| Some(((*path).into(), json!(text.as_ref()?))));
        numbers.chain(texts).collect()
    }
}

/// A number where the text is one; else the text, which the schema then refuses by field.
pub(super) fn number(text: &str) -> Value {
    let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
    whole
        .ok()
        .or_else(|| Some(Value::Number(serde_json::Number::from_f64(text.parse().ok()?)?)))
        .unwrap_or_else(|| text.into())
}
