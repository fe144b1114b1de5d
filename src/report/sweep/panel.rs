use std::collections::BTreeMap;

use serde_json::Value;

use super::report::{SweepKey, SweepPoint, SweepReport, plain, setting};
use crate::config::Duration;
use crate::measure::Metric;
use crate::report::plot::{Axis, Layer, Plot, Series, Style, Unit, extent};
use crate::report::shown::bound_word;

/// Plots of one figure, at most; the table has all points.
const MOST: usize = 24;
const TONES: [&str; 6] = ["first", "second", "third", "warm", "cold", "plain"];

/// The plots of a figure, all with the same axes. The first key is x, and the second has a line for each value. Each setting
/// of the others has a plot of its own.
pub(super) fn panels(report: &SweepReport, figure: &str) -> Vec<Plot> {
    let mut keys = report.keys.iter();
    let Some(x) = keys.next() else { return Vec::new() };
    let lines = keys.next();
    let rest: Vec<&SweepKey> = keys.collect();
    let mut panels: Vec<(String, Vec<&SweepPoint>)> = Vec::new();
    for point in &report.points {
        let name = setting(rest.iter().filter_map(|key| point.values.get_key_value(&key.key)));
        match panels.iter_mut().find(|panel| panel.0 == name) {
            Some(panel) => panel.1.push(point),
            None => panels.push((name, vec![point])),
        }
    }
    let frame = Frame { figure, scale: Scale::of(&x.values), x, lines, y: y_axis(report, figure) };
    panels.into_iter().take(MOST).map(|(name, points)| frame.plot(&name, &points)).collect()
}

/// What the panels of a figure have in common.
struct Frame<'a> {
    figure: &'a str,
    scale: Scale,
    x: &'a SweepKey,
    lines: Option<&'a SweepKey>,
    y: Axis,
}

impl Frame<'_> {
    fn plot(&self, name: &str, points: &[&SweepPoint]) -> Plot {
        let xs = self.scale.sorted();
        let of_line = self.lines.map_or_else(|| vec![None], |key| key.values.iter().map(Some).collect());
        let series = of_line.iter().enumerate().map(|(at, value)| self.line(at, *value, &xs, points)).collect();
        let title = if name.is_empty() { self.figure.to_owned() } else { format!("{}, {name}", self.figure) };
        let x = Axis { label: "value", unit: self.scale.unit(), log: false, min: 0.0, max: 1.0 };
        let x = x.around(&xs);
        let id = format!("plot-{}-{name}", self.figure).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let plot = Plot::new(&id, &title, self.about(), [x, self.y.clone()], xs, series);
        let layers = [(bound_word(self.figure), "warn", false), ("INVALID", "bad", true)];
        let layer = |(label, tone, invalid)| {
            let of = points.iter().filter(|point| point.invalid.is_some() == invalid && (invalid || self.bound(point)));
            dots(label, tone, of.filter_map(|point| Some((self.at(point)?, point.figures.get(self.figure)?.value?))))
        };
        Plot { layers: layers.into_iter().filter_map(layer).collect(), ..plot }
    }

    /// The points that are measurements, from left to right.
    fn line(&self, at: usize, value: Option<&Value>, xs: &[f64], points: &[&SweepPoint]) -> Series {
        let is_of = |point: &&&SweepPoint| self.lines.is_none_or(|key| point.values.get(&key.key) == value);
        let valid = points.iter().filter(is_of).filter(|point| point.invalid.is_none());
        let values: BTreeMap<u64, Option<f64>> = valid
            .filter_map(|point| Some((self.at(point)?.to_bits(), point.figures.get(self.figure)?.value)))
            .collect();
        let label = value.map_or_else(|| self.figure.to_owned(), plain);
        let style = if at < TONES.len() { Style::Line } else { Style::Dashed };
        Series::new(
            &label,
            TONES[at % TONES.len()],
            style,
            xs.iter().map(|x| values.get(&x.to_bits()).copied().flatten()),
        )
    }

    fn bound(&self, point: &SweepPoint) -> bool {
        point.figures.get(self.figure).is_some_and(|figure| figure.bound)
    }

    /// Where a point stands on the x axis.
    fn at(&self, point: &SweepPoint) -> Option<f64> {
        let value = point.values.get(&self.x.key)?;
        self.x.values.iter().zip(&self.scale.xs).find(|(other, _)| *other == value).map(|(_, x)| *x)
    }

    fn about(&self) -> String {
        let numbered = |values: &[Value]| {
            let each = values.iter().zip(1..).map(|(value, number)| format!("{number} = {}", plain(value)));
            each.collect::<Vec<_>>().join(", ")
        };
        let x = match self.scale.kind {
            Kind::Number | Kind::Duration => self.x.key.clone(),
            Kind::Word => format!("{} ({})", self.x.key, numbered(&self.x.values)),
        };
        let lines = self.lines.map(|key| format!(" Lines: {}.", key.key)).unwrap_or_default();
        format!("From left to right: {x}.{lines}")
    }
}

/// How values become places on an axis.
struct Scale {
    kind: Kind,
    /// In the order of the values.
    xs: Vec<f64>,
}

#[derive(Clone, Copy)]
enum Kind {
    Number,
    Duration,
    /// Anything else, by its place in the list.
    Word,
}

impl Scale {
    fn of(values: &[Value]) -> Self {
        let number = || values.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
        let duration = |value: &Value| value.as_str()?.parse().ok().map(Duration::secs);
        let durations = || values.iter().map(duration).collect::<Option<Vec<f64>>>();
        if let Some(xs) = number() {
            return Self { kind: Kind::Number, xs };
        }
        if let Some(xs) = durations() {
            return Self { kind: Kind::Duration, xs };
        }
        Self { kind: Kind::Word, xs: (1..=values.len()).map(|place| place as f64).collect() }
    }

    fn unit(&self) -> Unit {
        match self.kind {
            Kind::Number | Kind::Word => Unit::Value,
            Kind::Duration => Unit::Duration,
        }
    }

    fn sorted(&self) -> Vec<f64> {
        let mut xs = self.xs.clone();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        xs
    }
}

fn y_axis(report: &SweepReport, figure: &str) -> Axis {
    let values: Vec<f64> = report.points.iter().filter_map(|point| point.figures.get(figure)?.value).collect();
    axis_of(figure, "figure", Unit::Seconds, &values)
}

/// A layer of dots, unless there are none.
pub(super) fn dots(label: &'static str, tone: &'static str, places: impl Iterator<Item = (f64, f64)>) -> Option<Layer> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = places.unzip();
    (!xs.is_empty()).then(|| Layer { xs, ys, ..Layer::new(label, tone) })
}

/// An axis of a figure that holds `values`; of durations it is a logarithm's, in `duration`.
pub(super) fn axis_of(figure: &str, label: &'static str, duration: Unit, values: &[f64]) -> Axis {
    let (low, high) = extent(values.iter().copied()).unwrap_or((0.0, 1.0));
    if Metric::of_name(figure).is_some_and(|metric| metric.is_duration()) {
        return Axis { unit: duration, ..Axis::seconds(label, low, high) };
    }
    let max = if high > 0.0 { high * 1.08 } else { 1.0 };
    Axis { label, unit: Unit::Value, log: false, min: low.min(0.0), max }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_durations_have_their_place_and_words_their_number() {
        let xs = |values: Value| Scale::of(values.as_array().unwrap()).xs;
        assert_eq!(xs(json!([5, 2.5, 40])), [5.0, 2.5, 40.0]);
        assert_eq!(xs(json!(["500ms", "2m"])), [0.5, 120.0]);
        assert_eq!(xs(json!(["poisson", "constant"])), [1.0, 2.0]);
        assert_eq!(xs(json!([1, "1s"])), [1.0, 2.0]);
        assert_eq!(Scale::of(&[json!(5), json!(2.5)]).sorted(), [2.5, 5.0]);
    }
}
