use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pareto::pareto;
use crate::measure::{FigureValue, Metric, Outcomes, Summary};

/// `sweep.json`. Its fields up to `pools` are settled before the first point, and say what the sweep is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepReport {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// Version of this tool.
    pub tool_version: String,
    /// `simulator` or `cluster`.
    pub target: String,
    /// Which cluster, as it was named; null of the embedded simulator.
    pub cluster: Option<String>,
    /// What varies, each key with its values. The last key varies fastest.
    pub keys: Vec<SweepKey>,
    /// What all points have in common, as it was given.
    pub config: Value,
    /// Seed of the schedule of each point.
    pub seed: u64,
    /// Seed of the first point's embedded simulator; each point after it has the next one.
    pub simulator_seed: u64,
    /// The pools of a cluster, as the sweep found them and leaves them; empty of the embedded simulator.
    pub pools: Vec<SweptPool>,
    /// What each point reports, as objectives name it.
    pub figures: Vec<String>,
    /// How many points there are to be.
    pub planned: usize,
    /// True where all points are there.
    pub done: bool,
    /// The points that have ended, in order.
    pub points: Vec<SweepPoint>,
}

/// A field that varies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepKey {
    /// Its dotted path.
    pub key: String,
    /// What it is set to.
    pub values: Vec<Value>,
}

/// A pool of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptPool {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its `spec.replicas`.
    pub replicas: u32,
}

/// One point: a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Its place among all, from 1.
    pub place: usize,
    /// Its folder, within that of the sweep.
    pub folder: PathBuf,
    /// What the keys are set to.
    pub values: BTreeMap<String, Value>,
    /// The run's id.
    pub run_id: String,
    /// When it started, RFC 3339.
    pub started_at: String,
    /// Why it is not a measurement; null where it is one.
    pub invalid: Option<String>,
    /// How the claims ended.
    pub outcomes: Outcomes,
    /// Whether every objective was met; null without any.
    pub slo_met: Option<bool>,
    /// The figures, by name.
    pub figures: BTreeMap<String, FigureValue>,
    /// Of two figures: whether no other point is better in one and as good in the other; null of more or fewer.
    pub pareto: Option<bool>,
    /// Seconds that it took, the pools before it included.
    pub took_s: f64,
}

impl SweepPoint {
    /// A run that has ended. Whether it is on the Pareto line is settled by [`SweepReport::judge`].
    #[must_use]
    pub fn new(
        place: usize,
        values: BTreeMap<String, Value>,
        summary: &Summary,
        figures: &[String],
        took_s: f64,
    ) -> Self {
        let figure = |name: &String| Some((name.clone(), FigureValue::of(&Metric::of_name(name)?, summary)));
        Self {
            place,
            folder: Self::folder(place),
            values,
            run_id: summary.run_id.clone(),
            started_at: summary.started_at.clone(),
            invalid: summary.doubt(),
            outcomes: summary.outcomes,
            slo_met: (!summary.slo.is_empty()).then(|| summary.slo.iter().all(|objective| objective.met)),
            figures: figures.iter().filter_map(figure).collect(),
            pareto: None,
            took_s,
        }
    }

    /// Name of the folder of a point: `point-07`.
    #[must_use]
    pub fn folder(place: usize) -> PathBuf {
        format!("point-{place:02}").into()
    }

    /// Its value of a figure, where it is a measurement and no bound.
    #[must_use]
    pub fn value(&self, figure: &str) -> Option<f64> {
        let figure = self.figures.get(figure).filter(|figure| self.invalid.is_none() && !figure.bound)?;
        figure.value
    }
}

impl SweepReport {
    /// Marks the points of the Pareto line, and whether all points are there.
    pub fn judge(&mut self) {
        self.done = self.points.len() == self.planned;
        let [one, other] = &self.figures[..] else { return };
        let sides = [one, other].map(|name| Metric::of_name(name).is_none_or(|metric| metric.less_is_better()));
        let both = |point: &SweepPoint| Some([point.value(one)?, point.value(other)?]);
        let marks = pareto(&self.points.iter().map(both).collect::<Vec<_>>(), sides);
        for (point, mark) in self.points.iter_mut().zip(marks) {
            point.pareto = Some(mark);
        }
    }

    /// The page of a point's run from that of the sweep in `folder`, where there is one.
    pub(super) fn link(folder: &Path, point: &SweepPoint) -> Option<String> {
        let page = SweepPoint::folder(point.place).join(crate::report::PAGE);
        folder.join(&page).is_file().then(|| page.display().to_string())
    }
}

/// `load.rate=10, workload.hold=1s`.
pub(super) fn setting<'a>(values: impl IntoIterator<Item = (&'a String, &'a Value)>) -> String {
    values.into_iter().map(|(key, value)| format!("{key}={}", plain(value))).collect::<Vec<_>>().join(", ")
}

/// A value as it is written in a configuration.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
