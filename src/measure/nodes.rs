use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Source, SourceReading, SourceValue};

/// The metric of pressure stall information: part of the last ten seconds in which programs waited.
pub(crate) const PRESSURE: &str = "pressure_avg10_percent";
/// The metric of the memory that sandboxes use, all together.
pub(crate) const MEMORY: &str = "sandbox_memory_bytes";
/// The metric of how many sandboxes that memory is of.
pub(crate) const SANDBOXES: &str = "sandboxes";

/// `nodes` in `summary.json`: what the nodes felt while the load lasted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodesSummary {
    /// Pressure, by who told it.
    pub pressure: Vec<PressureSummary>,
    /// Memory of sandboxes, by who told it, at the reading with most of them.
    pub memory: Vec<MemorySummary>,
}

/// How long programs of one machine waited for one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PressureSummary {
    /// Who told it: `kubelets`, or `machine` for the one that the run was made from.
    pub source: Source,
    /// Which node; null of `machine`.
    pub node: Option<String>,
    /// `cpu`, `memory` or `io`.
    pub resource: String,
    /// `some`: at least one program waited; `full`: all did.
    pub waited: String,
    /// Readings.
    pub count: u64,
    /// Their mean, in percent of the ten seconds before each.
    pub mean_avg10: f64,
    /// The largest, likewise.
    pub max_avg10: f64,
}

/// Memory of sandboxes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemorySummary {
    /// Who told it: `kubelets` (working sets of the Pods), or `runsc` (PSS of gVisor's processes on this machine).
    pub source: Source,
    /// When, seconds since the run's start.
    pub t_s: f64,
    /// Sandboxes whose memory was known then.
    pub sandboxes: u64,
    /// Theirs together.
    pub bytes: f64,
    /// Theirs on average.
    pub bytes_per_sandbox: f64,
}

impl NodesSummary {
    /// Of what the sources said while the load lasted; `None` where none of them said anything of nodes.
    #[must_use]
    pub fn of(readings: &[SourceReading]) -> Option<Self> {
        let summary = Self { pressure: pressure(readings), memory: memory(readings) };
        (summary != Self::default()).then_some(summary)
    }
}

fn pressure(readings: &[SourceReading]) -> Vec<PressureSummary> {
    let mut all: BTreeMap<(Source, Option<&str>, &str, &str), Vec<f64>> = BTreeMap::new();
    for reading in readings.iter().filter(|reading| reading.t_s >= 0.0) {
        for value in reading.values.iter().filter(|value| value.name == PRESSURE) {
            let label = |name: &str| value.labels.get(name).map(String::as_str);
            let of = (
                reading.source,
                label("node"),
                label("resource").unwrap_or_default(),
                label("waited").unwrap_or_default(),
            );
            all.entry(of).or_default().push(value.value);
        }
    }
    let one = |((source, node, resource, waited), values): ((Source, Option<&str>, &str, &str), Vec<f64>)| {
        let count = values.len() as u64;
        PressureSummary {
            source,
            node: node.map(str::to_owned),
            resource: resource.into(),
            waited: waited.into(),
            count,
            mean_avg10: values.iter().sum::<f64>() / count as f64,
            max_avg10: values.iter().copied().fold(0.0, f64::max),
        }
    };
    all.into_iter().map(one).collect()
}

fn memory(readings: &[SourceReading]) -> Vec<MemorySummary> {
    let sum = |reading: &SourceReading, name: &str| -> f64 {
        reading.values.iter().filter(|it: &&SourceValue| it.name == name).map(|it| it.value).sum()
    };
    let of = |source: Source| {
        let told = readings.iter().filter(|reading| reading.source == source && reading.t_s >= 0.0);
        let counted = told.map(|reading| (reading, sum(reading, SANDBOXES)));
        let (fullest, sandboxes) = counted.max_by(|one, other| one.1.total_cmp(&other.1))?;
        let bytes = sum(fullest, MEMORY);
        (sandboxes > 0.0).then(|| MemorySummary {
            source,
            t_s: fullest.t_s,
            sandboxes: sandboxes as u64,
            bytes,
            bytes_per_sandbox: bytes / sandboxes,
        })
    };
    [Source::Kubelets, Source::Runsc].into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::MetricUnit;

    fn reading(source: Source, t_s: f64, values: Vec<SourceValue>) -> SourceReading {
        SourceReading { source, t_s, values }
    }

    #[test]
    fn memory_is_of_the_reading_with_most_sandboxes() {
        let on = |node: &str, sandboxes: f64, bytes: f64| {
            [
                SourceValue::gauge(SANDBOXES, MetricUnit::Count, sandboxes).with("node", node),
                SourceValue::gauge(MEMORY, MetricUnit::Bytes, bytes).with("node", node),
            ]
        };
        let at = |t_s, sandboxes| {
            let values = [on("a", sandboxes, 100.0 * sandboxes), on("b", 1.0, 400.0)].concat();
            reading(Source::Kubelets, t_s, values)
        };
        let summary = NodesSummary::of(&[at(-1.0, 50.0), at(5.0, 2.0), at(10.0, 3.0), at(15.0, 1.0)]).unwrap();
        let [memory] = &summary.memory[..] else { panic!("{summary:?}") };
        assert_eq!((memory.t_s, memory.sandboxes, memory.bytes_per_sandbox), (10.0, 4, 175.0));
        assert!(NodesSummary::of(&[reading(Source::Runsc, 1.0, vec![])]).is_none());
    }

    #[test]
    fn pressure_is_by_who_told_it() {
        let value = |percent| {
            let value = SourceValue::gauge(PRESSURE, MetricUnit::Percent, percent);
            vec![value.with("resource", "cpu").with("waited", "some")]
        };
        let of_node = |percent| value(percent).into_iter().map(|it| it.with("node", "n-1")).collect();
        let readings = [
            reading(Source::Machine, -0.1, value(90.0)),
            reading(Source::Machine, 5.0, value(10.0)),
            reading(Source::Machine, 10.0, value(30.0)),
            reading(Source::Kubelets, 5.0, of_node(7.0)),
        ];
        let told: Vec<_> = NodesSummary::of(&readings)
            .unwrap()
            .pressure
            .into_iter()
            .map(|it| (it.source, it.node, it.count, it.mean_avg10, it.max_avg10))
            .collect();
        let machine = (Source::Machine, None, 2, 20.0, 30.0);
        assert_eq!(told, [machine, (Source::Kubelets, Some("n-1".into()), 1, 7.0, 7.0)]);
    }
}
