use super::rounds::{Rounds, growth, lengths};
use crate::measure::Source;
use crate::report::plot::{Axis, Plot, Series, Style, Unit};

/// Lines of a panel, at most: the highest.
const MOST: usize = 6;
const TONES: [&str; MOST] = ["first", "second", "third", "warm", "warm-unready", "cold"];

/// A small plot of what sources said.
pub(super) struct Panel {
    pub id: &'static str,
    pub title: &'static str,
    /// What is drawn, in words.
    pub about: &'static str,
    /// Of the y axis.
    pub label: &'static str,
    pub unit: Unit,
    pub lines: &'static [Lines],
}

/// Lines of one metric: one for each value of its labels.
pub(super) struct Lines {
    pub source: Source,
    pub what: What,
    /// Labels by which there are lines.
    pub by: &'static [&'static str],
    /// What a line's label begins with.
    pub label: &'static str,
    /// Factor of the values.
    pub scale: f64,
}

/// How a metric is drawn.
pub(super) enum What {
    /// A gauge, as it was read.
    Gauge(&'static str),
    /// A counter, by second.
    Rate(&'static str),
    /// The mean in each interval, by the name of a sum and a count without their ends.
    Mean(&'static str),
}

impl Lines {
    /// A line, or one for each value of the labels `by`.
    pub const fn new(source: Source, what: What, by: &'static [&'static str], label: &'static str) -> Self {
        Self { source, what, by, label, scale: 1.0 }
    }

    /// With values times `scale`.
    pub const fn scaled(self, scale: f64) -> Self {
        Self { scale, ..self }
    }

    fn series(&self, rounds: &Rounds) -> Vec<(String, Style, Vec<Option<f64>>)> {
        let values = |name: &str| rounds.values(self.source, name, self.by);
        let (style, lines): (_, Vec<_>) = match self.what {
            What::Gauge(name) => (Style::Line, values(name).into_iter().collect()),
            What::Rate(name) => {
                let rate = |(label, values): (String, Vec<Option<f64>>)| {
                    (label, ratio(&growth(&values), &lengths(&rounds.xs, &values)))
                };
                (Style::Step, values(name).into_iter().map(rate).collect())
            }
            What::Mean(name) => {
                let counts = values(&format!("{name}_count"));
                let mean = |(label, sums): (String, Vec<Option<f64>>)| {
                    let mean = ratio(&growth(&sums), &growth(counts.get(&label)?));
                    Some((label, mean))
                };
                (Style::Step, values(&format!("{name}_sum")).into_iter().filter_map(mean).collect())
            }
        };
        lines.into_iter().map(|(label, values)| (self.label_of(&label), style, self.scale(values))).collect()
    }

    fn label_of(&self, labels: &str) -> String {
        [self.label, labels].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn scale(&self, values: Vec<Option<f64>>) -> Vec<Option<f64>> {
        values.into_iter().map(|value| value.map(|value| value * self.scale)).collect()
    }
}

impl Panel {
    /// `None` where nothing was read, or all of it was zero.
    pub fn plot(&self, rounds: &Rounds, time: &Axis) -> Option<Plot> {
        let mut lines: Vec<_> = self.lines.iter().flat_map(|lines| lines.series(rounds)).collect();
        lines.retain(|(_, _, values)| highest(values) > 0.0);
        lines.sort_by(|one, other| highest(&other.2).total_cmp(&highest(&one.2)));
        let series =
            lines.into_iter().zip(TONES).map(|((label, style, values), tone)| Series::new(&label, tone, style, values));
        let series: Vec<Series> = series.collect();
        if series.is_empty() {
            return None;
        }
        let y = Axis::linear(self.label, self.unit, &series);
        let axes = [time.clone(), y];
        let plot = Plot::new(self.id, self.title, self.about.to_owned(), axes, rounds.xs.clone(), series);
        Some(Plot { small: true, ..plot })
    }
}

fn highest(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().copied().fold(0.0, f64::max)
}

/// `None` where there is nothing to divide by.
fn ratio(values: &[Option<f64>], by: &[Option<f64>]) -> Vec<Option<f64>> {
    let one = |(value, by): (&Option<f64>, &Option<f64>)| {
        let by = by.filter(|by| *by > 0.0)?;
        Some((*value)? / by)
    };
    values.iter().zip(by).map(one).collect()
}
