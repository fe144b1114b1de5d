use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

use super::{ReportError, RunFolder};
use crate::measure::{Collector, Distribution, Latency, WINDOW_NS};

const NANOS_PER_MILLI: f64 = 1e6;

/// Writes `latency.hlog`, an HDR V2 interval log: time to ready in 10 s windows, then every latency of the whole run by
/// tag. Its values are in nanoseconds, its maxima in milliseconds. Also writes a `.hgrm` in milliseconds for each
/// latency that has values.
///
/// # Errors
/// [`ReportError`].
pub fn write_histograms(folder: &RunFolder, collector: &Collector, started: SystemTime) -> Result<(), ReportError> {
    folder.write("latency.hlog", &interval_log(collector, started))?;
    for latency in Latency::ALL {
        let distribution = collector.distribution(latency);
        if distribution.count() > 0 {
            folder.write(&format!("{}.hgrm", latency.name()), percentiles(distribution.histogram()).as_bytes())?;
        }
    }
    Ok(())
}

/// `latency.hlog` as text.
#[must_use]
pub fn interval_log(collector: &Collector, started: SystemTime) -> Vec<u8> {
    let mut log = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment(
        "agent-sandbox-bench: time_to_ready by 10 s window, then each latency of the whole run by tag; ns",
    );
    builder.with_start_time(started).with_base_time(started).with_max_value_divisor(NANOS_PER_MILLI);
    // Writing into memory cannot fail, and V2 takes any histogram of ours.
    if let Ok(mut writer) = builder.begin_log_with(&mut log, &mut serializer) {
        let mut end = Duration::ZERO;
        for (start, window) in collector.windows().distributions() {
            let start = Duration::from_nanos(start.max(0) as u64);
            end = start + Duration::from_nanos(WINDOW_NS as u64);
            let _ = writer.write_histogram(window.histogram(), start, Duration::from_nanos(WINDOW_NS as u64), None);
        }
        for latency in Latency::ALL {
            let distribution = collector.distribution(latency);
            if distribution.count() > 0 {
                let tag = Tag::new(latency.name());
                let _ = writer.write_histogram(distribution.histogram(), Duration::ZERO, end, tag);
            }
        }
    }
    log
}

/// The whole-run histograms of a `latency.hlog`, each with its tag; or what is wrong with it.
fn read_interval_log(text: &str) -> Result<Vec<(String, Histogram<u64>)>, String> {
    let mut histograms = Vec::new();
    for entry in IntervalLogIterator::new(text.as_bytes()) {
        let LogEntry::Interval(interval) = entry.map_err(|_| "no interval log")? else { continue };
        let Some(tag) = interval.tag() else { continue };
        let bytes = STANDARD.decode(interval.encoded_histogram()).map_err(|error| error.to_string())?;
        let histogram = Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
        histograms.push((tag.as_str().to_owned(), histogram));
    }
    Ok(histograms)
}

/// Where the histograms of runners, added up, are not those of all claims; `None` where they are.
#[must_use]
pub fn disagreement<'a>(logs: impl Iterator<Item = &'a str>, claims: &Collector) -> Option<String> {
    let mut sums: BTreeMap<String, Histogram<u64>> = BTreeMap::new();
    for log in logs {
        let histograms = match read_interval_log(log) {
            Ok(histograms) => histograms,
            Err(error) => return Some(format!("a runner's histograms cannot be read: {error}")),
        };
        for (tag, histogram) in histograms {
            // Both resize themselves, so adding cannot fail.
            let _ = sums.entry(tag).or_insert_with(empty).add(&histogram);
        }
    }
    let differs = Latency::ALL.iter().find(|latency| {
        let distribution = claims.distribution(**latency);
        sums.remove(latency.name()).map_or(distribution.count() > 0, |sum| sum != *distribution.histogram())
    });
    differs.map(|latency| format!("the runners' histograms of {} add up to others than the claims'", latency.name()))
}

/// One to which others can be added.
fn empty() -> Histogram<u64> {
    Distribution::default().histogram().clone()
}

/// The percentile table that HdrHistogram's plotters read.
fn percentiles(histogram: &Histogram<u64>) -> String {
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let mut below = 0;
    for step in histogram.iter_quantiles(5) {
        below += step.count_since_last_iteration();
        let quantile = step.quantile_iterated_to();
        let value = step.value_iterated_to() as f64 / NANOS_PER_MILLI;
        let _ = write!(text, "{value:>12.3} {quantile:>14.12} {below:>10}");
        let _ = if quantile < 1.0 { writeln!(text, " {:>14.2}", 1.0 / (1.0 - quantile)) } else { writeln!(text) };
    }
    let millis = |value: f64| value / NANOS_PER_MILLI;
    let (mean, deviation) = (millis(histogram.mean()), millis(histogram.stdev()));
    let _ = writeln!(text, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]");
    let _ = writeln!(
        text,
        "#[Max     = {:>12.3}, Total count    = {:>12}]",
        millis(histogram.max() as f64),
        histogram.len()
    );
    let _ = writeln!(text, "#[Buckets = {:>12}, SubBuckets     = {:>12}]", histogram.buckets(), 2048);
    text
}
