use std::collections::BTreeMap;

use agent_sandbox_common::installation::Installation;
use serde::{Deserialize, Serialize};

use super::{
    Attribution, Classes, ControllerMetrics, Ends, Environment, ExecSummary, Figures, InvalidReason, Latency,
    NodesSummary, Outcomes, PodsSummary, PoolSummary, RunnerSummary, ServerSummary, SourceSummary, StepSummary,
    WindowSummary, Word,
};
use crate::config::{Labels, LoadObject};

/// `summary.json`. Seconds as floats; a distribution of nothing is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Raised when a name or meaning here changes.
    pub schema_version: u32,
    /// The run's id.
    pub run_id: String,
    /// Wall clock at the run's start, RFC 3339 with nanoseconds.
    pub started_at: String,
    /// Version of this tool.
    pub tool_version: String,
    /// What people call the run by.
    #[serde(default)]
    pub labels: Labels,
    /// The machine and programs of the run; null if they were not recorded, as in folders of earlier versions.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// `CLOCK_MONOTONIC` at the run's start.
    pub monotonic_base_ns: i64,
    /// True where the run was stopped before its end.
    pub interrupted: bool,
    /// What was measured.
    pub target: TargetSummary,
    /// True where the run is a measurement.
    pub valid: bool,
    /// Why it is not.
    pub invalid_reasons: Vec<Word<InvalidReason>>,
    /// What may make the figures misleading, in words.
    pub warnings: Vec<String>,
    /// What was sent.
    pub load: LoadSummary,
    /// What became of `load.until`, where that is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UntilSummary>,
    /// How the claims ended; sums to planned.
    pub outcomes: Outcomes,
    /// Why, by `outcome.reason`.
    pub reasons: BTreeMap<String, u64>,
    /// The ready claims by class.
    pub classes: Classes,
    /// Of the warm ones, those that 1 s timestamps cannot tell from warm unready.
    pub class_uncertain: u64,
    /// The workload's first commands; null where it runs none.
    #[serde(default)]
    pub exec: Option<ExecSummary>,
    /// The steps of the workload, in their order.
    #[serde(default)]
    pub steps: Vec<StepSummary>,
    /// Claims handed over within 100 ms of intended / (planned - `not_sent.max_in_flight`).
    pub achieved_ratio: f64,
    /// Most claims sent and not yet ended; with runners, the sum of each one's, which is a bound.
    pub peak_in_flight: u64,
    /// Most claims created and not yet released; likewise.
    pub peak_alive: u64,
    /// Figures by latency.
    pub latency_s: BTreeMap<String, Option<Figures>>,
    /// 10 s windows by intended instant.
    pub windows: Vec<WindowSummary>,
    /// The phases, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseSummary>,
    /// Why claims were slow; null in folders of earlier versions, and of runs that were killed.
    #[serde(default)]
    pub attribution: Option<Attribution>,
    /// What the controller counted meanwhile, as a cross-check; null where it was not reached.
    #[serde(default)]
    pub controller_metrics: Option<ControllerMetrics>,
    /// What became of the Pods; null where nobody asked for them, and in folders of earlier versions.
    #[serde(default)]
    pub pods: Option<PodsSummary>,
    /// What the nodes felt; null where nothing told.
    #[serde(default)]
    pub nodes: Option<NodesSummary>,
    /// What became of the pools; empty where they could not be read.
    #[serde(default)]
    pub pools: Vec<PoolSummary>,
    /// The objectives.
    pub slo: Vec<ObjectiveResult>,
    /// What the generator cost.
    pub generator: Generator,
    /// What the controller cost, where it was a program of this run; null of one in a cluster, and of the model.
    #[serde(default)]
    pub controller: Option<ControllerCost>,
    /// What the API server counted, where it was the embedded simulator; null of a cluster.
    #[serde(default)]
    pub server: Option<ServerSummary>,
    /// Whose metrics were read beside the run, and why others were not; empty where nobody asked for them.
    #[serde(default)]
    pub sources: Vec<SourceSummary>,
    /// The runners, where several shared the load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runners: Vec<RunnerSummary>,
}

/// Why a run is not a measurement of the whole load; `None` when it is one.
#[must_use]
pub fn doubt(valid: bool, interrupted: bool, reasons: &[Word<InvalidReason>]) -> Option<String> {
    let because = because(reasons);
    (!valid || interrupted).then(|| if because.is_empty() { "interrupted".into() } else { because })
}

fn because(reasons: &[Word<InvalidReason>]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Summary {
    /// The reasons for which the run is invalid, in one line.
    #[must_use]
    pub fn invalid_because(&self) -> String {
        because(&self.invalid_reasons)
    }

    /// Why it is not a measurement of the whole run; `None` when it is one.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        doubt(self.valid, self.interrupted, &self.invalid_reasons)
    }

    /// The figures of a latency; `None` of nothing.
    #[must_use]
    pub fn figures(&self, latency: Latency) -> Option<Figures> {
        self.latency_s.get(latency.name()).copied().flatten()
    }

    /// A step of the workload, by its name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepSummary> {
        self.steps.iter().find(|step| step.name == name)
    }
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetSummary {
    /// `simulator` or `cluster`.
    pub kind: String,
    /// As `/version` says.
    pub server_version: Option<String>,
    /// Tag of the controller's image, where it can be read.
    pub agent_sandbox_version: Option<String>,
    /// API version of the claims.
    pub api_version: String,
    /// What else is seen of agent-sandbox: what it serves and stores, its controller's image and flags.
    #[serde(default)]
    pub installation: Installation,
    /// Connections that sent creates, at most.
    pub connections: u32,
    /// HTTP version of the creates.
    pub http_version: String,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadSummary {
    /// What was created: claims, or what stands for them.
    #[serde(default)]
    pub object: LoadObject,
    /// Shape.
    pub arrivals: String,
    /// Claims per second asked for; null where the shape has no single rate.
    pub rate: Option<f64>,
    /// From the first intended instant to the end of the schedule.
    pub duration_s: f64,
    /// Seed of the schedule.
    pub seed: u64,
    /// Claims planned.
    pub planned: u64,
    /// `open` or `closed`.
    pub r#loop: String,
}

/// What became of `load.until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UntilSummary {
    /// The percentile, such as `time_to_ready.p99`.
    pub figure: String,
    /// Half the length of its interval that was asked for, as a share of it.
    pub within: f64,
    /// When it would have ended in any case, seconds.
    pub at_most_s: f64,
    /// True where the percentile is known so well.
    pub reached: bool,
    /// Half the length of its interval, as a share of it; null where there is no interval.
    pub half_width: Option<f64>,
    /// The interval by which the run ended, seconds: wider than that of one look, for it holds after many.
    pub interval: Option<Ends>,
}

/// One phase of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseSummary {
    /// Its name.
    pub name: String,
    /// True: it is in no figure of the run.
    pub warm_up: bool,
    /// What was sent.
    pub load: LoadSummary,
    /// How its claims ended.
    pub outcomes: Outcomes,
    /// Why.
    pub reasons: BTreeMap<String, u64>,
    /// By class.
    pub classes: Classes,
    /// As the run's.
    pub achieved_ratio: f64,
    /// Figures by latency.
    pub latency_s: BTreeMap<String, Option<Figures>>,
}

/// An objective and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// As written.
    pub expression: String,
    /// The figure; null of nothing.
    pub value: Option<f64>,
    /// False too where there is no figure, and where a bound does not show that the limit is met.
    pub met: bool,
    /// True where the figure is a bound: a lower one, and of a rate an upper one.
    #[serde(default)]
    pub bound: bool,
    /// True where the figure's interval holds the limit, or a bound says nothing: another run may end otherwise.
    #[serde(default)]
    pub undecided: bool,
}

/// What a controller's program cost from the first claim to the end of the run, refilling its pools included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ControllerCost {
    /// CPU, user and system, in steps of 10 ms.
    pub cpu_s: f64,
    /// CPU by the claims sent, those of warm-ups among them; null where none was.
    pub cpu_s_per_claim: Option<f64>,
    /// Its peak memory, the filling of its pools before the first claim included.
    pub max_rss_bytes: u64,
}

/// What the generator cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// CPU of the process during the run; with the embedded simulator, the simulator's too; with runners, theirs too.
    pub cpu_s: f64,
    /// Its peak memory; with runners, the largest of all processes.
    pub max_rss_bytes: u64,
    /// Connections opened, all purposes.
    pub connections_opened: u64,
    /// Re-lists: times a watch ended or fell silent, and a list told what it had missed. Their claims are upper bounds.
    #[serde(default)]
    pub watch_relists: u64,
}
