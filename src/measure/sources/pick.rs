use std::collections::BTreeMap;

use super::wanted::{OPEN_ENDED, RESOURCES, Wanted, wanted};
use super::{Source, SourceValue};
use crate::measure::exposition::{Sample, sample};

/// Picks what is kept out of an exposition, a line at a time, so that no more than the sums are held: an API server's has
/// megabytes.
#[derive(Debug)]
pub struct Pick {
    wanted: &'static [Wanted],
    /// By the series' place in `wanted`, and the values of the labels that are kept.
    sums: BTreeMap<(usize, Vec<String>), f64>,
}

impl Pick {
    /// Of the exposition of a source.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self { wanted: wanted(source), sums: BTreeMap::new() }
    }

    /// Looks at a line.
    pub fn line(&mut self, line: &str) {
        let name = &line[..line.find(['{', ' ']).unwrap_or(0)];
        let Some(place) = self.wanted.iter().position(|wanted| wanted.name == name) else { return };
        let Some(sample) = sample(line).filter(|sample| sample.value.is_finite() && is_kept(sample)) else { return };
        let label = |name: &&str| sample.label(name).unwrap_or_default().to_owned();
        let labels = self.wanted[place].labels.iter().map(label).collect();
        *self.sums.entry((place, labels)).or_default() += sample.value;
    }

    /// The values that were found.
    #[must_use]
    pub fn values(self) -> Vec<SourceValue> {
        let value = |((place, labels), value): ((usize, Vec<String>), f64)| {
            let Wanted { name, labels: names, kind, unit } = self.wanted[place];
            let labels = names.iter().zip(labels).filter(|(_, value)| !value.is_empty());
            let labels = labels.map(|(name, value)| ((*name).to_owned(), value)).collect();
            SourceValue { name: name.to_owned(), labels, kind, unit, value }
        };
        self.sums.into_iter().map(value).collect()
    }
}

/// False of requests for other kinds, and of those that last as long as the client likes.
fn is_kept(sample: &Sample) -> bool {
    !sample.name.starts_with("apiserver_request_duration_")
        || sample.label("resource").is_some_and(|resource| RESOURCES.contains(&resource))
            && !sample.label("verb").is_some_and(|verb| OPEN_ENDED.contains(&verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{MetricKind, MetricUnit};

    fn picked(source: Source, text: &str) -> Vec<(String, Vec<String>, f64)> {
        let mut pick = Pick::of(source);
        text.lines().for_each(|line| pick.line(line));
        let told = |value: SourceValue| (value.name, value.labels.into_values().collect(), value.value);
        pick.values().into_iter().map(told).collect()
    }

    #[test]
    fn labels_that_are_not_kept_are_summed_over() {
        let text = "# TYPE workqueue_depth gauge\n\
            workqueue_depth{controller=\"a\",name=\"a\",priority=\"0\"} 3\n\
            workqueue_depth{controller=\"a\",name=\"a\",priority=\"-100\"} 4\n\
            workqueue_depth{controller=\"b\",name=\"b\",priority=\"\"} 0\n\
            workqueue_depth_of_another{name=\"a\"} 9\n\
            go_goroutines 7\nprocess_cpu_seconds_total 1.5\nprocess_resident_memory_bytes NaN\n\n";
        let a = |name: &str| vec![name.to_owned()];
        let expected = [
            ("workqueue_depth".into(), a("a"), 7.0),
            ("workqueue_depth".into(), a("b"), 0.0),
            ("process_cpu_seconds_total".into(), vec![], 1.5),
        ];
        assert_eq!(picked(Source::Controller, text), expected);
        assert_eq!(picked(Source::Machine, text), []);
    }

    #[test]
    fn requests_for_other_kinds_and_watches_are_left_out() {
        let line = |verb: &str, resource: &str, value: u32| {
            format!("apiserver_request_duration_seconds_count{{resource=\"{resource}\",verb=\"{verb}\"}} {value}\n")
        };
        let rows = [("POST", "sandboxclaims", 5), ("WATCH", "sandboxclaims", 1), ("GET", "secrets", 9)];
        let text: String = rows.iter().map(|(verb, resource, value)| line(verb, resource, *value)).collect();
        let found = picked(Source::ApiServer, &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&*found[0].1, found[0].2), (&["sandboxclaims".to_owned(), "POST".into()][..], 5.0));
    }

    #[test]
    fn a_value_says_what_it_is() {
        let mut pick = Pick::of(Source::Controller);
        pick.line("workqueue_queue_duration_seconds_sum{name=\"sandboxclaim\"} 2.5");
        let expected = SourceValue::counter("workqueue_queue_duration_seconds_sum", MetricUnit::Seconds, 2.5);
        let found = pick.values();
        assert_eq!(found, [expected.with("name", "sandboxclaim")]);
        assert_eq!(found[0].kind, MetricKind::Counter);
    }
}
