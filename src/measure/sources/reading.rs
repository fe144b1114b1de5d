use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{MetricKind, MetricUnit, Source};

/// What one source said at an instant: a line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceReading {
    /// Who said it.
    pub source: Source,
    /// When it was asked, seconds since the run's start. All sources are asked at the same instants.
    pub t_s: f64,
    /// Its values.
    pub values: Vec<SourceValue>,
}

/// One value of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceValue {
    /// The metric's name, as the source writes it.
    pub name: String,
    /// The labels that are kept; over the others it is the sum.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Counter or gauge.
    pub kind: MetricKind,
    /// Unit of the value.
    pub unit: MetricUnit,
    /// The value.
    pub value: f64,
}

impl SourceValue {
    /// A gauge without labels.
    #[must_use]
    pub fn gauge(name: &str, unit: MetricUnit, value: f64) -> Self {
        Self { name: name.to_owned(), labels: BTreeMap::new(), kind: MetricKind::Gauge, unit, value }
    }

    /// A counter without labels.
    #[must_use]
    pub fn counter(name: &str, unit: MetricUnit, value: f64) -> Self {
        Self { kind: MetricKind::Counter, ..Self::gauge(name, unit, value) }
    }

    /// With one more label.
    #[must_use]
    pub fn with(mut self, label: &str, value: &str) -> Self {
        self.labels.insert(label.to_owned(), value.to_owned());
        self
    }
}

/// What became of a source: an entry of `sources` in `summary.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Which.
    pub source: Source,
    /// Readings in `metrics.jsonl`.
    pub reads: u64,
    /// Times it was asked and gave nothing. A source that gives nothing the first time is not asked again.
    pub missed: u64,
    /// Why it gave nothing, the last time; null where it always did.
    pub reason: Option<String>,
}
