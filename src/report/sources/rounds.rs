use std::collections::BTreeMap;

use crate::measure::{MetricKind, Source, SourceReading};

/// Instants at most: a line through more of them is no clearer.
const MOST: usize = 120;

/// The readings of a run, by the instants at which all sources were read.
pub(super) struct Rounds {
    /// Seconds since the run's start.
    pub xs: Vec<f64>,
    rounds: Vec<Vec<SourceReading>>,
}

impl Rounds {
    /// Of readings in order of time.
    pub fn of(readings: Vec<SourceReading>) -> Self {
        let mut rounds: Vec<Vec<SourceReading>> = Vec::new();
        for reading in readings {
            match rounds.last_mut() {
                Some(round) if round[0].t_s.total_cmp(&reading.t_s).is_eq() => round.push(reading),
                _ => rounds.push(vec![reading]),
            }
        }
        let (count, step) = (rounds.len(), rounds.len().div_ceil(MOST).max(1));
        let mut places = 0..count;
        // The last one stays: it ends the last interval.
        rounds.retain(|_| places.next().is_some_and(|at| at % step == 0 || at + 1 == count));
        // A millisecond is less than a reading takes.
        let xs = rounds.iter().map(|round| (round[0].t_s * 1e3).round() / 1e3).collect();
        Self { xs, rounds }
    }

    /// A metric of a source at each instant, by the labels `by`; over its other labels the sum. A counter that a reading does
    /// not have is zero there: programs begin to show one when it first counts.
    pub fn values(&self, source: Source, name: &str, by: &[&str]) -> BTreeMap<String, Vec<Option<f64>>> {
        let mut found: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
        let of_source = |round: &Vec<SourceReading>| round.iter().position(|reading| reading.source == source);
        for (at, round) in self.rounds.iter().enumerate() {
            let values = of_source(round).into_iter().flat_map(|place| &round[place].values);
            for value in values.filter(|value| value.name == name) {
                let labels: Vec<&str> = by.iter().filter_map(|by| value.labels.get(*by)).map(String::as_str).collect();
                let absent = |round: &Vec<SourceReading>| {
                    of_source(round).filter(|_| value.kind == MetricKind::Counter).map(|_| 0.0)
                };
                let begun = || self.rounds.iter().map(absent).collect();
                *found.entry(labels.join(" ")).or_insert_with(begun)[at].get_or_insert(0.0) += value.value;
            }
        }
        found
    }
}

/// By how much each value is more than the last one before it: for each instant that of the interval which begins with it.
/// A counter that has become less was begun anew, and tells nothing of that interval.
pub(super) fn growth(values: &[Option<f64>]) -> Vec<Option<f64>> {
    between(values).map(|grown| grown.map(|(first, next)| next - first).filter(|grown| *grown >= 0.0)).collect()
}

/// The lengths of the same intervals.
pub(super) fn lengths(xs: &[f64], values: &[Option<f64>]) -> Vec<Option<f64>> {
    let instants: Vec<Option<f64>> = xs.iter().zip(values).map(|(x, value)| value.map(|_| *x)).collect();
    growth(&instants)
}

/// For each place the last value up to it and the next one after it.
fn between(values: &[Option<f64>]) -> impl Iterator<Item = Option<(f64, f64)>> {
    let (mut last, mut next) = (None, None);
    let mut after: Vec<Option<f64>> = values
        .iter()
        .rev()
        .map(|value| {
            let after = next;
            next = value.or(next);
            after
        })
        .collect();
    after.reverse();
    values.iter().zip(after).map(move |(value, after)| {
        last = value.or(last);
        last.zip(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MetricUnit, SourceValue};

    fn reading(t_s: f64, source: Source, values: &[(&str, f64)]) -> SourceReading {
        let value = |(name, value): &(&str, f64)| {
            SourceValue::counter("m", MetricUnit::Count, *value).with("a", name).with("b", "x")
        };
        SourceReading { source, t_s, values: values.iter().map(value).collect() }
    }

    #[test]
    fn values_stand_at_the_instants_of_all_sources() {
        let rounds = Rounds::of(vec![
            reading(-0.1, Source::Controller, &[("one", 1.0), ("two", 2.0)]),
            reading(-0.1, Source::Machine, &[("one", 9.0)]),
            reading(5.0, Source::Machine, &[("one", 9.0)]),
            reading(10.0, Source::Controller, &[("one", 4.0)]),
        ]);
        assert_eq!(rounds.xs, [-0.1, 5.0, 10.0]);
        let by_a = rounds.values(Source::Controller, "m", &["a"]);
        assert_eq!(by_a["one"], [Some(1.0), None, Some(4.0)]);
        assert_eq!(by_a["two"], [Some(2.0), None, Some(0.0)], "a counter that is not there yet");
        assert_eq!(rounds.values(Source::Controller, "m", &[])[""], [Some(3.0), None, Some(4.0)]);
        assert_eq!(rounds.values(Source::Machine, "m", &["b", "a"]).keys().collect::<Vec<_>>(), ["x one"]);
    }

    #[test]
    fn an_interval_without_a_reading_is_part_of_a_longer_one() {
        let values = [Some(1.0), None, Some(4.0), Some(2.0), Some(2.5)];
        assert_eq!(growth(&values), [Some(3.0), Some(3.0), None, Some(0.5), None]);
        let xs = [0.0, 5.0, 10.0, 15.0, 20.0];
        assert_eq!(lengths(&xs, &values), [Some(10.0), Some(10.0), Some(5.0), Some(5.0), None]);
        assert_eq!(growth(&[None, Some(1.0)]), [None, None]);
    }

    #[test]
    fn of_a_long_run_the_first_and_the_last_instant_stay() {
        let readings = (0..1001).map(|at| reading(f64::from(at), Source::Machine, &[("one", 1.0)]));
        let rounds = Rounds::of(readings.collect());
        assert!(rounds.xs.len() <= MOST + 1, "{}", rounds.xs.len());
        assert_eq!((rounds.xs[0], rounds.xs.last()), (0.0, Some(&1000.0)));
    }
}
