use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::config::Labels;
use crate::measure::compare::{Comparison, Rules, Verdict};
use crate::measure::{Environment, InvalidReason, Summary, Word, doubt};

/// Two sides compared: what is known of each figure, and what was compared. Base first, where there are two.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareReport {
    /// The figures.
    pub comparison: Comparison,
    /// What was asked.
    pub rules: Rules,
    /// The runs.
    pub runs: [Vec<ComparedRun>; 2],
    /// Where the configurations differ.
    pub config_differences: Vec<ConfigDifference>,
    /// Where the machines, or the tools that measured, differ.
    pub environment_differences: Vec<ConfigDifference>,
}

/// A run of a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its id.
    pub run_id: String,
    /// What people call it by.
    pub labels: Labels,
    /// What measured it.
    pub tool_version: String,
    /// Its machine; null if it was not recorded.
    pub environment: Option<Environment>,
    /// True where it is a measurement.
    pub valid: bool,
    /// Why it is not.
    pub invalid_reasons: Vec<Word<InvalidReason>>,
    /// Stopped before its end, or killed.
    pub interrupted: bool,
    /// Claims compared.
    pub claims: usize,
    /// Claims of warm-ups, left out.
    pub warm_up_claims: usize,
}

/// A field of the configuration, or of the environment, whose values differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigDifference {
    /// Its path, such as `load.rate`.
    pub field: String,
    /// Value of the base; null where it is not set.
    pub base: Value,
    /// Value of the new side.
    pub new: Value,
}

impl CompareReport {
    /// True where a figure is worse beyond chance.
    #[must_use]
    pub fn has_regressed(&self) -> bool {
        self.comparison.verdict() == Verdict::Worse
    }

    /// True where the runs do not say.
    #[must_use]
    pub fn cannot_tell(&self) -> bool {
        matches!(self.comparison.verdict(), Verdict::CannotTell(_))
    }

    /// The parts of the configuration that differ and change what is measured: `load`, `workload`.
    #[must_use]
    pub fn unlike(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = self.config_differences.iter().filter_map(ConfigDifference::unlike_part).collect();
        parts.dedup();
        parts
    }

    /// `environment differs in cores: base 2, new 4; kernel: ...`; `None` where it does not, or is not known.
    pub(super) fn environment_text(&self) -> Option<String> {
        let texts: Vec<String> = self.environment_differences.iter().map(ConfigDifference::text).collect();
        (!texts.is_empty()).then(|| format!("environment differs in {}", texts.join("; ")))
    }
}

impl ComparedRun {
    /// Of a run's summary.
    #[must_use]
    pub fn of(folder: PathBuf, summary: Summary, claims: usize, warm_up_claims: usize) -> Self {
        Self {
            folder,
            run_id: summary.run_id,
            labels: summary.labels,
            tool_version: summary.tool_version,
            environment: summary.environment,
            valid: summary.valid,
            invalid_reasons: summary.invalid_reasons,
            interrupted: summary.interrupted,
            claims,
            warm_up_claims,
        }
    }

    /// Why it is not a measurement of the whole run; `None` when it is one.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        doubt(self.valid, self.interrupted, &self.invalid_reasons)
    }

    /// "VALID", or "INVALID: " and why.
    #[must_use]
    pub fn validity(&self) -> String {
        self.doubt().map_or_else(|| "VALID".into(), |doubt| format!("INVALID: {doubt}"))
    }
}

impl ConfigDifference {
    /// The part of the configuration, where runs that differ in it are not alike.
    #[must_use]
    pub fn unlike_part(&self) -> Option<&str> {
        let part = self.field.split('.').next()?;
        ["load", "workload"].contains(&part).then_some(part)
    }

    /// "load.rate: base 50, new 100".
    #[must_use]
    pub fn text(&self) -> String {
        self.named(["base", "new"])
    }

    /// The same, with other names for the two sides.
    #[must_use]
    pub fn named(&self, [base, new]: [&str; 2]) -> String {
        let shown = |value: &Value| match value {
            Value::Null => "not set".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        format!("{}: {base} {}, {new} {}", self.field, shown(&self.base), shown(&self.new))
    }
}
