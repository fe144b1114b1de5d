use serde::Serialize;

/// A plot as the page draws it, and as the table beneath it says it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Plot {
    /// Anchor, and the place it is drawn in.
    pub id: &'static str,
    pub title: String,
    /// What is drawn, and what not.
    pub about: String,
    pub x: Axis,
    pub y: Axis,
    /// Common to all series, ascending.
    pub xs: Vec<f64>,
    pub series: Vec<Series>,
    pub layers: Vec<Layer>,
    /// True for the plots that take the whole width.
    pub wide: bool,
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

/// Single claims (`counts` empty), or the cells of a heat map.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Layer {
    pub label: String,
    pub tone: &'static str,
    pub xs: Vec<f64>,
    pub ys: Vec<f64>,
    pub counts: Vec<u64>,
    /// Width of a cell.
    pub width: f64,
    /// Upper bound of a cell over its lower one.
    pub factor: f64,
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
