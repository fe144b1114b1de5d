use serde::{Serialize, Serializer};

use super::details::{Details, steps};

/// A plot as the page draws it, and as the table below it says it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Plot {
    /// Anchor, and the place it is drawn in.
    pub id: String,
    pub title: String,
    /// What is drawn, and what not.
    pub about: String,
    pub x: Axis,
    pub y: Axis,
    /// Common to all series, ascending.
    pub xs: Vec<f64>,
    pub series: Vec<Series>,
    pub layers: Vec<Layer>,
    /// Limits of the y axis.
    pub limits: Vec<Limit>,
    /// Spans of the time axis.
    pub bands: Vec<Band>,
    /// The claims that a dot opens.
    pub claims: Option<Details>,
    /// True for the plots that take the whole width.
    pub wide: bool,
    /// True for those that stand beside others of their kind, below the rest.
    pub small: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Axis {
    pub label: &'static str,
    pub unit: Unit,
    pub log: bool,
    pub min: f64,
    pub max: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    Seconds,
    Count,
    /// A number on an x axis that is no instant and no place in a row of runs.
    Value,
    /// Likewise, in seconds.
    Duration,
    PerSecond,
    /// 1 / (1 - quantile), the scale of HDR plots.
    Percentile,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Series {
    pub label: String,
    /// Colour by meaning; style.css has it.
    pub tone: &'static str,
    pub style: Style,
    pub values: Vec<Option<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Style {
    Line,
    Dashed,
    /// Holds from its x to the next.
    Step,
    /// As `Step`, broad and pale, for what others are measured by.
    Wide,
    /// As `Step`, filled, on top of the series before it.
    Stack,
}

/// A value that the plot is read against: an objective's, or a tolerance's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Limit {
    pub label: String,
    pub tone: &'static str,
    pub value: f64,
    /// Where on the x axis it applies; `None`: everywhere.
    pub at: Option<f64>,
}

/// A span of time in which something was the case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Band {
    pub kind: BandKind,
    pub label: String,
    /// Seconds since the run's start.
    pub from: f64,
    pub to: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BandKind {
    Phase,
    WarmUp,
    Fault,
}

/// Claims of the plot's details, or dots, or the cells of a heat map.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Layer {
    pub label: String,
    pub tone: &'static str,
    pub xs: Vec<f64>,
    /// Empty in a strip.
    pub ys: Vec<f64>,
    /// Indexes, written as steps from one to the next; where there are any, `xs` and `ys` are those of the details.
    #[serde(serialize_with = "write_steps")]
    pub claims: Vec<u64>,
    /// Claims in each cell.
    pub counts: Vec<u64>,
    /// Width of a cell.
    pub width: f64,
    /// Upper bound of a cell over its lower one.
    pub factor: f64,
    /// True: a row above the plot, for what has no place on the y axis.
    pub strip: bool,
}

impl Plot {
    /// A narrow plot of lines alone.
    pub fn new(id: &str, title: &str, about: String, [x, y]: [Axis; 2], xs: Vec<f64>, series: Vec<Series>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            about,
            x,
            y,
            xs,
            series,
            layers: Vec::new(),
            limits: Vec::new(),
            bands: Vec::new(),
            claims: None,
            wide: false,
            small: false,
        }
    }

    /// With limits, for which the axis gives way by a decade at most: one far off must not squash the rest.
    pub fn with_limits(mut self, limits: Vec<Limit>) -> Self {
        let (lowest, highest) = (self.y.min / 10.0, self.y.max * 10.0);
        for value in limits.iter().map(|limit| limit.value).filter(|value| (lowest..highest).contains(value)) {
            self.y.min = self.y.min.min(value / 1.3);
            self.y.max = self.y.max.max(value * 1.3);
        }
        self.limits = limits;
        self
    }

    /// True where x is the time since the run's start.
    pub fn is_over_time(&self) -> bool {
        self.x.unit == Unit::Seconds
    }
}

impl Layer {
    pub fn new(label: &str, tone: &'static str) -> Self {
        Self { label: label.into(), tone, ..Self::default() }
    }
}

fn write_steps<S: Serializer>(indexes: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    steps(indexes.iter().map(|index| i64::try_from(*index).unwrap_or_default())).serialize(serializer)
}

impl Axis {
    pub fn time(max: f64) -> Self {
        Self { label: "since the run's start", unit: Unit::Seconds, log: false, min: 0.0, max }
    }

    pub fn seconds(label: &'static str, min: f64, max: f64) -> Self {
        // A decade at least: a flat line is a flat line, not noise magnified.
        let min = (min.max(1e-6) / 1.3).min(max / 10.0).max(1e-7);
        Self { label, unit: Unit::Seconds, log: true, min, max: (max * 1.3).max(min * 10.0) }
    }

    /// As far as these values reach, and a little further.
    pub fn around(self, values: &[f64]) -> Self {
        let (low, high) = extent(values.iter().copied()).unwrap_or((0.0, 1.0));
        let room = if high > low { (high - low) * 0.05 } else { 1.0 };
        Self { min: low - room, max: high + room, ..self }
    }

    pub fn linear(label: &'static str, unit: Unit, series: &[Series]) -> Self {
        let stacked = series.iter().any(|one| one.style == Style::Stack);
        let length = series.iter().map(|one| one.values.len()).max().unwrap_or(0);
        let value = |one: &Series, at: usize| one.values.get(at).copied().flatten().unwrap_or(0.0);
        let height = |at: usize| {
            let values = series.iter().map(|one| value(one, at));
            if stacked { values.sum() } else { values.fold(0.0, f64::max) }
        };
        let max = (0..length).map(height).fold(0.0, f64::max);
        Self { label, unit, log: false, min: 0.0, max: if max > 0.0 { max * 1.08 } else { 1.0 } }
    }
}

impl Series {
    pub fn new(label: &str, tone: &'static str, style: Style, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        Self { label: label.into(), tone, style, values: values.into_iter().map(|value| value.map(short)).collect() }
    }
}

/// Smallest and largest of all values; `None` of nothing.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |bounds, value| {
        let (low, high) = bounds.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// Five digits: more than a screen has, and a fraction of the bytes.
pub(super) fn short(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powi(4 - value.abs().log10().floor() as i32);
    let rounded = (value * scale).round() / scale;
    if rounded.is_finite() { rounded } else { value }
}

/// An instant or duration of nanoseconds, in seconds.
pub(super) fn secs(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
