use super::report::{HistoryChange, HistoryRun, HistorySeries};
use crate::measure::changes;

impl HistorySeries {
    /// Of runs in order of time. Those that are INVALID, or have no such figure, are in no level.
    #[must_use]
    pub fn new(label: Option<String>, runs: Vec<HistoryRun>) -> Self {
        let counted: Vec<(usize, f64)> = runs.iter().enumerate().filter_map(counted).collect();
        let values: Vec<f64> = counted.iter().map(|(_, value)| *value).collect();
        let found = changes(&values);
        let ends = found.iter().skip(1).copied().chain([values.len()]);
        let starts = [0].into_iter().chain(found.iter().copied());
        let change = |((start, at), end): ((usize, &usize), usize)| {
            let (before, after) = (median(&values[start..*at]), median(&values[*at..end]));
            let (first, last) = (counted[start].0, counted[end - 1].0);
            let run = &runs[counted[*at].0];
            HistoryChange {
                run: counted[*at].0,
                run_id: run.run_id.clone(),
                started_at: run.started_at.clone(),
                before,
                after,
                change: (before != 0.0).then(|| after / before - 1.0),
                bound: runs[first..=last].iter().any(|run| run.counts() && run.bound),
            }
        };
        let changes = starts.zip(&found).zip(ends).map(change).collect();
        Self { label, runs, changes }
    }

    /// The level at each run; `None` where no run counts.
    pub(super) fn levels(&self) -> Vec<Option<f64>> {
        let starts: Vec<usize> = [0].into_iter().chain(self.changes.iter().map(|change| change.run)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.runs.len()]);
        let level = |(start, end): (&usize, usize)| {
            let values: Vec<f64> =
                self.runs[*start..end].iter().enumerate().filter_map(counted).map(|it| it.1).collect();
            let level = (!values.is_empty()).then(|| median(&values));
            std::iter::repeat_n(level, end - start)
        };
        starts.iter().zip(ends).flat_map(level).collect()
    }
}

fn counted((place, run): (usize, &HistoryRun)) -> Option<(usize, f64)> {
    Some((place, run.value.filter(|_| run.counts())?))
}

/// Of one value at least.
fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Labels;

    fn run(place: usize, value: Option<f64>) -> HistoryRun {
        HistoryRun {
            folder: format!("run-{place}").into(),
            run_id: format!("id{place}"),
            started_at: format!("2026-11-{:02}T00:00:00Z", place + 1),
            labels: Labels::new(),
            value,
            bound: false,
            interval: None,
            invalid: None,
            differs: Vec::new(),
        }
    }

    /// Twelve runs of about 1, and twelve of about 2.
    fn step() -> Vec<HistoryRun> {
        let value = |place: usize| if place < 12 { 1.0 } else { 2.0 } + place as f64 / 1000.0;
        (0..24).map(|place| run(place, Some(value(place)))).collect()
    }

    #[test]
    fn a_change_is_at_its_run_and_has_both_levels() {
        let series = HistorySeries::new(None, step());
        let [change] = &series.changes[..] else { panic!("{:?}", series.changes) };
        assert_eq!((change.run, &*change.run_id, change.bound), (12, "id12", false));
        assert!((change.before - 1.0055).abs() < 1e-9 && (change.after - 2.0175).abs() < 1e-9, "{change:?}");
        assert!(change.change.is_some_and(|change| (change - 1.0065).abs() < 1e-3));
        assert_eq!(series.levels()[11..13], [Some(change.before), Some(change.after)]);
    }

    #[test]
    fn what_is_no_measurement_is_in_no_level_and_stays_in_its_place() {
        let mut runs = step();
        for place in [3, 12] {
            runs.insert(place, HistoryRun { invalid: Some("watch_gap".into()), ..run(90 + place, Some(50.0)) });
        }
        runs.insert(0, run(99, None));
        let series = HistorySeries::new(None, runs);
        let [change] = &series.changes[..] else { panic!("{:?}", series.changes) };
        assert_eq!((change.run, &*change.run_id), (15, "id12"));
        assert!(change.after < 3.0 && series.levels().iter().all(Option::is_some));
        let none = HistorySeries::new(None, vec![run(0, None)]);
        assert_eq!((none.levels(), none.changes.len()), (vec![None], 0));
    }

    #[test]
    fn a_level_with_a_lower_bound_says_so() {
        let mut runs = step();
        runs[20].bound = true;
        assert!(HistorySeries::new(None, runs).changes[0].bound);
    }
}
