use serde_json::{Map, Value, json};

use super::figures::{Quantity, RunFigures};

/// Bencher Metric Format: benchmark -> measure -> value with its interval. `latency` is Bencher's own measure, in
/// nanoseconds (<https://bencher.dev/docs/reference/bencher-metric-format>).
pub(super) fn bmf(runs: &[RunFigures]) -> String {
    let mut benchmarks = Map::new();
    for run in runs {
        let prefix = run.prefix(runs);
        for figure in &run.figures {
            let (measure, scale) = measure(figure.quantity);
            let metric = [("value", Some(figure.value)), ("lower_value", figure.low), ("upper_value", figure.high)];
            let known = metric.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(scale(value?)))));
            let metric: Map<String, Value> = known.collect();
            benchmarks.insert(format!("{prefix}{}", figure.quantity.name()), json!({ measure: metric }));
        }
    }
    format!("{:#}\n", Value::Object(benchmarks))
}

fn measure(quantity: Quantity<'_>) -> (&'static str, fn(f64) -> f64) {
    match quantity {
        Quantity::Latency(..) | Quantity::Step(..) => ("latency", |seconds| (seconds * 1e9).round()),
        Quantity::Failed | Quantity::StepFailed(_) => ("failed-fraction", |share| share),
        Quantity::Cpu => ("cpu-seconds", |seconds| seconds),
    }
}
