//! What the system says of this process and of this machine.

use std::fs;

use crate::measure::{MetricUnit, PRESSURE as AVG10, SourceValue};
use crate::run::cost::{cpu_s, rss_bytes};

const PRESSURE: [&str; 3] = ["cpu", "memory", "io"];

/// CPU and, where the system says it, memory of this process.
pub(super) fn process() -> Vec<SourceValue> {
    let cpu = SourceValue::counter("process_cpu_seconds_total", MetricUnit::Seconds, cpu_s());
    let bytes = rss_bytes().map(|bytes| bytes as f64);
    let memory = bytes.map(|bytes| SourceValue::gauge("process_resident_memory_bytes", MetricUnit::Bytes, bytes));
    [cpu].into_iter().chain(memory).collect()
}

/// Pressure stall information of the kernel.
///
/// # Errors
/// Where this kernel has none.
pub(super) fn machine() -> Result<Vec<SourceValue>, String> {
    let (mut values, mut wrong) = (Vec::new(), None);
    for resource in PRESSURE {
        let path = format!("/proc/pressure/{resource}");
        match fs::read_to_string(&path) {
            Ok(text) => values.extend(pressure(resource, &text)),
            Err(error) => wrong = Some(format!("{path}: {error}")),
        }
    }
    if values.is_empty() { Err(wrong.unwrap_or_else(|| "/proc/pressure says nothing".into())) } else { Ok(values) }
}

/// `some`: how long at least one program waited; `full`: how long all did. The kernel has no `full` of the CPU.
fn pressure(resource: &str, text: &str) -> Vec<SourceValue> {
    let of = |value: SourceValue, waited: &str| value.with("resource", resource).with("waited", waited);
    let values = text.lines().flat_map(|line| {
        let (waited, fields) = line.split_once(' ').unwrap_or_default();
        let field = |name: &str| {
            let value = fields.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse::<f64>().ok())
        };
        let total =
            field("total").map(|us| SourceValue::counter("pressure_seconds_total", MetricUnit::Seconds, us / 1e6));
        let avg10 = field("avg10").map(|share| SourceValue::gauge(AVG10, MetricUnit::Percent, share));
        let is_known = waited == "some" || (waited == "full" && resource != "cpu");
        total.into_iter().chain(avg10).filter(move |_| is_known).map(move |value| of(value, waited))
    });
    values.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_is_read_as_the_kernel_writes_it() {
        let text =
            "some avg10=1.25 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        let told = |values: Vec<SourceValue>| -> Vec<_> {
            values.into_iter().map(|it| (it.name, it.labels["waited"].clone(), it.value)).collect()
        };
        let some = [
            ("pressure_seconds_total".into(), "some".into(), 1.5),
            ("pressure_avg10_percent".into(), "some".into(), 1.25),
        ];
        assert_eq!(told(pressure("cpu", text)), some);
        assert_eq!(told(pressure("io", text)).len(), 4);
        assert_eq!(told(pressure("io", "nothing\nsome avg10=x total\n")), []);
    }

    #[test]
    fn this_process_has_used_cpu_and_memory() {
        let values = process();
        assert!(values[0].value > 0.0, "{values:?}");
        assert!(!cfg!(target_os = "linux") || values[1].value > 1e6, "{values:?}");
    }
}
