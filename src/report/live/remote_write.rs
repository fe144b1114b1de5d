use prost::Message;
use snap::raw::Encoder;

use super::family::{Attributes, Family, Unit, Values, families};
use super::remote_write_messages::{Label, Sample, TimeSeries, WriteRequest};
use super::{LiveFigures, LiveRun};
use crate::measure::BucketCounts;

/// What Prometheus takes for the end of a series: this very NaN.
const STALE: u64 = 0x7ff0_0000_0000_0002;
/// What every series has; a run's label of that name is `exported_` and the name, as Prometheus calls it.
const OWN: [&str; 2] = ["instance", "job"];

/// The body of a push by remote write, compressed. The last one ends each series.
///
/// # Errors
/// The compressor's, in words.
pub fn remote_write(run: &LiveRun, now: &LiveFigures, is_last: bool) -> Result<Vec<u8>, String> {
    let mut series = Series { host: &run.host, at_ms: now.at_ns / 1_000_000, is_last, all: Vec::new() };
    for family in families(run, now) {
        series.family(family);
    }
    let request = WriteRequest { timeseries: series.all };
    Encoder::new().compress_vec(&request.encode_to_vec()).map_err(|error| error.to_string())
}

struct Series<'a> {
    host: &'a str,
    at_ms: i64,
    is_last: bool,
    all: Vec<TimeSeries>,
}

impl Series<'_> {
    fn family(&mut self, family: Family) {
        let unit = if family.unit == Unit::Seconds { "_seconds" } else { "" };
        let name = format!("agent_sandbox_bench_{}{unit}", family.name);
        match family.values {
            Values::Gauge(values) => self.numbers(&name, values),
            Values::Counter(values) => self.numbers(&format!("{name}_total"), values),
            Values::Histogram(counts) => self.histogram(&name, &counts),
        }
    }

    fn numbers(&mut self, name: &str, values: Vec<(Attributes, u64)>) {
        for (attributes, value) in values {
            self.add(name, attributes, value as f64);
        }
    }

    fn histogram(&mut self, name: &str, counts: &BucketCounts) {
        let bounds = BucketCounts::bounds_s().map(|bound| bound.to_string()).chain(["+Inf".to_owned()]);
        let mut so_far = 0;
        for (bound, count) in bounds.zip(&counts.counts) {
            so_far += count;
            self.add(&format!("{name}_bucket"), vec![("le".into(), bound)], so_far as f64);
        }
        self.add(&format!("{name}_sum"), Vec::new(), counts.sum_s);
        self.add(&format!("{name}_count"), Vec::new(), so_far as f64);
    }

    fn add(&mut self, name: &str, attributes: Attributes, value: f64) {
        let own = [("__name__", name), ("instance", self.host), ("job", "agent-sandbox-bench")];
        let own = own.map(|(name, value)| Label { name: name.into(), value: value.into() });
        let given = attributes.into_iter().map(|(name, value)| {
            let name = if OWN.contains(&&*name) { format!("exported_{name}") } else { name };
            Label { name, value }
        });
        let mut labels: Vec<Label> = own.into_iter().chain(given).collect();
        labels.sort_unstable();
        let end = Sample { value: f64::from_bits(STALE), timestamp_ms: self.at_ms + 1 };
        let now = Sample { value, timestamp_ms: self.at_ms };
        let samples = [now].into_iter().chain(Some(end).filter(|_| self.is_last)).collect();
        self.all.push(TimeSeries { labels, samples });
    }
}
