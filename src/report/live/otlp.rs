use prost::Message;

use super::family::{Attributes, Family, Unit, Values, families};
use super::otlp_messages::{
    AnyValue, Data, ExportMetricsServiceRequest, ExportMetricsServiceResponse, Gauge, Histogram, HistogramDataPoint,
    InstrumentationScope, KeyValue, Metric, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, Sum,
};
use super::{LiveFigures, LiveRun};
use crate::measure::BucketCounts;

const PRODUCT: &str = "agent-sandbox-bench";
const CUMULATIVE: i32 = 2;

/// The body of an OTLP push: sums and explicit-bucket histograms, all cumulative from the run's start on.
#[must_use]
pub fn otlp(run: &LiveRun, now: &LiveFigures) -> Vec<u8> {
    let times = Times { start: run.start_ns.cast_unsigned(), now: now.at_ns.cast_unsigned() };
    let metrics = families(run, now).into_iter().map(|family| times.metric(family)).collect();
    let scope = InstrumentationScope { name: PRODUCT.into(), version: env!("CARGO_PKG_VERSION").into() };
    let of_scope = ScopeMetrics { scope: Some(scope), metrics };
    let of_run = ResourceMetrics { resource: Some(resource(run)), scope_metrics: vec![of_scope] };
    ExportMetricsServiceRequest { resource_metrics: vec![of_run] }.encode_to_vec()
}

/// What a receiver did not take, by its answer; `None` where it took all.
#[must_use]
pub fn otlp_refusal(answer: &[u8]) -> Option<String> {
    let rejected = ExportMetricsServiceResponse::decode(answer).ok()?.partial_success?.rejected_data_points;
    (rejected > 0).then(|| format!("it rejected {rejected} data points"))
}

fn resource(run: &LiveRun) -> Resource {
    let about = [
        ("service.name", PRODUCT),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", run.host.as_str()),
        ("run_id", run.run_id.as_str()),
    ];
    let labels = run.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Resource { attributes: about.into_iter().chain(labels).map(|(key, value)| attribute(key, value)).collect() }
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { string_value: Some(value.into()) }) }
}

/// Of all points of a push, ns since the epoch.
struct Times {
    start: u64,
    now: u64,
}

impl Times {
    fn metric(&self, family: Family) -> Metric {
        let unit = match family.unit {
            Unit::None => "",
            Unit::Claims => "{claim}",
            Unit::Sandboxes => "{sandbox}",
            Unit::Seconds => "s",
        };
        let data = match family.values {
            Values::Gauge(values) => Data::Gauge(Gauge { data_points: self.points(values) }),
            Values::Counter(values) => Data::Sum(Sum {
                data_points: self.points(values),
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            }),
            Values::Histogram(counts) => Data::Histogram(Histogram {
                data_points: vec![self.buckets(counts)],
                aggregation_temporality: CUMULATIVE,
            }),
        };
        let name = format!("agent_sandbox_bench.{}", family.name);
        Metric { name, description: family.help.into(), unit: unit.into(), data: Some(data) }
    }

    fn points(&self, values: Vec<(Attributes, u64)>) -> Vec<NumberDataPoint> {
        let point = |(attributes, value): (Attributes, u64)| NumberDataPoint {
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            as_int: Some(value.cast_signed()),
            attributes: attributes.iter().map(|(key, value)| attribute(key, value)).collect(),
        };
        values.into_iter().map(point).collect()
    }

    fn buckets(&self, counts: BucketCounts) -> HistogramDataPoint {
        HistogramDataPoint {
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            count: counts.count(),
            sum: Some(counts.sum_s),
            bucket_counts: counts.counts,
            explicit_bounds: BucketCounts::bounds_s().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::otlp_messages::ExportMetricsPartialSuccess;
    use super::*;

    #[test]
    fn a_partial_success_is_a_refusal() {
        let answer = |rejected| {
            let partial_success = Some(ExportMetricsPartialSuccess { rejected_data_points: rejected });
            ExportMetricsServiceResponse { partial_success }.encode_to_vec()
        };
        assert_eq!(otlp_refusal(&answer(3)).as_deref(), Some("it rejected 3 data points"));
        assert_eq!((otlp_refusal(&answer(0)), otlp_refusal(b""), otlp_refusal(b"<html>")), (None, None, None));
    }
}
