use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Class, Collector, ControllerMetrics, Figures, Latency, Outcome, PoolSummary, RunnerSummary, judge};
use crate::config::{Objective, Validity};

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
    /// `CLOCK_MONOTONIC` at the run's start.
    pub monotonic_base_ns: i64,
    /// True where the run was stopped before its end.
    pub interrupted: bool,
    /// What was measured.
    pub target: TargetSummary,
    /// True where the run is a measurement.
    pub valid: bool,
    /// Why it is not.
    pub invalid_reasons: Vec<String>,
    /// What may make the figures misleading, in words.
    pub warnings: Vec<String>,
    /// What was sent.
    pub load: LoadSummary,
    /// How the claims ended; sums to planned.
    pub outcomes: Outcomes,
    /// Why, by `outcome.reason`.
    pub reasons: BTreeMap<String, u64>,
    /// The ready claims by class.
    pub classes: Classes,
    /// Of the warm ones, those that 1 s timestamps cannot tell from warm unready.
    pub class_uncertain: u64,
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
    /// What the controller counted meanwhile, as a cross-check; null where it was not reached.
    #[serde(default)]
    pub controller_metrics: Option<ControllerMetrics>,
    /// What became of the pools; empty where they could not be read.
    #[serde(default)]
    pub pools: Vec<PoolSummary>,
    /// The objectives.
    pub slo: Vec<ObjectiveResult>,
    /// What the generator cost.
    pub generator: Generator,
    /// The runners, where several shared the load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runners: Vec<RunnerSummary>,
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
    /// Connections that sent creates, at most.
    pub connections: u32,
    /// HTTP version of the creates.
    pub http_version: String,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadSummary {
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

/// Claims by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Ready=True seen.
    pub ready: u64,
    /// Failed for good.
    pub failed: u64,
    /// No Ready in time.
    pub timed_out: u64,
    /// Pushed back by the server.
    pub rejected: u64,
    /// Never sent.
    pub not_sent: u64,
}

impl Outcomes {
    pub(super) fn of_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Ready => &mut self.ready,
            Outcome::Failed => &mut self.failed,
            Outcome::TimedOut => &mut self.timed_out,
            Outcome::Rejected => &mut self.rejected,
            Outcome::NotSent => &mut self.not_sent,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.ready += other.ready;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.rejected += other.rejected;
        self.not_sent += other.not_sent;
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ready + self.failed + self.timed_out + self.rejected + self.not_sent
    }
}

/// Ready claims by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// From the pool, and Ready when the claim was bound to it.
    pub warm: u64,
    /// From the pool, but not Ready when the claim was bound to it.
    pub warm_unready: u64,
    /// Made for the claim.
    pub cold: u64,
}

impl Classes {
    pub(super) fn of_mut(&mut self, class: Class) -> &mut u64 {
        match class {
            Class::Warm => &mut self.warm,
            Class::WarmUnready => &mut self.warm_unready,
            Class::Cold => &mut self.cold,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.warm += other.warm;
        self.warm_unready += other.warm_unready;
        self.cold += other.cold;
    }

    /// Share of the ready claims that were warm; `None` where none was ready.
    #[must_use]
    pub fn warm_fraction(&self) -> Option<f64> {
        let all = self.warm + self.warm_unready + self.cold;
        (all > 0).then(|| self.warm as f64 / all as f64)
    }
}

/// 10 s of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowSummary {
    /// Start, since the run's.
    pub start_s: f64,
    /// Claims intended in it.
    pub planned: u64,
    /// Of those, sent.
    pub sent: u64,
    /// Of those, ready.
    pub ready: u64,
    /// Their median time to ready.
    pub p50: Option<f64>,
    /// Its 99th percentile.
    pub p99: Option<f64>,
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
    /// False too where there is no figure.
    pub met: bool,
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

/// What a summary says that no claim tells.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The run's id.
    pub run_id: String,
    /// RFC 3339 with nanoseconds.
    pub started_at: String,
    /// `CLOCK_MONOTONIC` at the run's start.
    pub monotonic_base_ns: i64,
    /// Stopped before its end.
    pub interrupted: bool,
    /// What was measured.
    pub target: TargetSummary,
    /// What was sent.
    pub load: LoadSummary,
    /// Most claims sent and not yet ended.
    pub peak_in_flight: u64,
    /// Most claims created and not yet released.
    pub peak_alive: u64,
    /// In words.
    pub warnings: Vec<String>,
    /// The phases, where there are several.
    pub phases: Vec<PhaseSummary>,
    /// What became of the pools.
    pub pools: Vec<PoolSummary>,
    /// Where it was reached.
    pub controller_metrics: Option<ControllerMetrics>,
    /// Cost.
    pub generator: Generator,
    /// Where several shared the load.
    pub runners: Vec<RunnerSummary>,
}

impl Collector {
    /// Figures of every latency by name.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<String, Option<Figures>> {
        Latency::ALL.iter().map(|latency| (latency.name().to_owned(), self.distribution(*latency).figures())).collect()
    }

    /// The summary of a phase.
    #[must_use]
    pub fn phase_summary(&self, name: &str, warm_up: bool, load: LoadSummary) -> PhaseSummary {
        PhaseSummary {
            name: name.to_owned(),
            warm_up,
            load,
            outcomes: self.outcomes,
            reasons: self.reasons.clone(),
            classes: self.classes,
            achieved_ratio: self.achieved_ratio(),
            latency_s: self.figures(),
        }
    }

    /// The run's summary.
    #[must_use]
    pub fn summary(&self, facts: RunFacts, tolerances: &Validity, objectives: &[Objective]) -> Summary {
        let mut invalid_reasons = self.invalid_reasons(tolerances, facts.interrupted);
        for reason in facts.runners.iter().flat_map(|runner| &runner.invalid_reasons) {
            if !invalid_reasons.contains(reason) {
                invalid_reasons.push(reason.clone());
            }
        }
        let mut summary = Summary {
            schema_version: 1,
            run_id: facts.run_id,
            started_at: facts.started_at,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            monotonic_base_ns: facts.monotonic_base_ns,
            interrupted: facts.interrupted,
            target: facts.target,
            valid: invalid_reasons.is_empty(),
            invalid_reasons,
            warnings: facts.warnings,
            load: facts.load,
            outcomes: self.outcomes,
            reasons: self.reasons.clone(),
            classes: self.classes,
            class_uncertain: self.class_uncertain,
            achieved_ratio: self.achieved_ratio(),
            peak_in_flight: facts.peak_in_flight,
            peak_alive: facts.peak_alive,
            latency_s: self.figures(),
            windows: self.windows.summary(),
            phases: facts.phases,
            controller_metrics: facts.controller_metrics,
            pools: facts.pools,
            slo: Vec::new(),
            generator: facts.generator,
            runners: facts.runners,
        };
        let disagreements = summary.controller_metrics.as_ref().map(|metrics| metrics.disagreements(&summary));
        summary.warnings.extend(disagreements.unwrap_or_default());
        summary.slo = objectives.iter().map(|objective| judge(objective, &summary)).collect();
        summary
    }
}
