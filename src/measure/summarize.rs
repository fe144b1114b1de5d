use std::collections::BTreeMap;

use super::cross_check::disagreements;
use super::{
    Attribution, Collector, ControllerCost, ControllerMetrics, Environment, Figures, Generator, InvalidReason, Latency,
    LoadSummary, NodesSummary, ObjectiveResult, PhaseSummary, PodsSummary, PoolSummary, RunnerSummary, ServerSummary,
    SourceSummary, Summary, TargetSummary, UntilSummary, Word, judge,
};
use crate::config::{Labels, Objective, Validity};

/// What a summary says that no claim tells.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// The run's id.
    pub run_id: String,
    /// RFC 3339 with nanoseconds.
    pub started_at: String,
    /// What people call it by.
    pub labels: Labels,
    /// What it was run on.
    pub environment: Option<Environment>,
    /// `CLOCK_MONOTONIC` at the run's start.
    pub monotonic_base_ns: i64,
    /// Stopped before its end.
    pub interrupted: bool,
    /// For how long the machine was suspended meanwhile, seconds.
    pub suspended_s: f64,
    /// What was measured.
    pub target: TargetSummary,
    /// What was sent.
    pub load: LoadSummary,
    /// What became of `load.until`.
    pub until: Option<UntilSummary>,
    /// Most claims sent and not yet ended.
    pub peak_in_flight: u64,
    /// Most claims created and not yet released.
    pub peak_alive: u64,
    /// In words.
    pub warnings: Vec<String>,
    /// The phases, where there are several.
    pub phases: Vec<PhaseSummary>,
    /// Why claims were slow.
    pub attribution: Option<Attribution>,
    /// What became of the Pods, where they were watched.
    pub pods: Option<PodsSummary>,
    /// What the nodes felt, where something told.
    pub nodes: Option<NodesSummary>,
    /// What became of the pools.
    pub pools: Vec<PoolSummary>,
    /// Where it was reached.
    pub controller_metrics: Option<ControllerMetrics>,
    /// Cost.
    pub generator: Generator,
    /// Cost of the controller, where it was a program of this run.
    pub controller: Option<ControllerCost>,
    /// What the API server counted, where it was the embedded simulator.
    pub server: Option<ServerSummary>,
    /// Whose metrics were read meanwhile.
    pub sources: Vec<SourceSummary>,
    /// Where several shared the load.
    pub runners: Vec<RunnerSummary>,
}

impl Collector {
    /// Figures of every latency by name.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<String, Option<Figures>> {
        Latency::ALL.iter().map(|latency| (latency.name().to_owned(), self.figures_of(*latency))).collect()
    }

    /// The summary of a phase.
    #[must_use]
    pub fn phase_summary(&self, name: &str, warm_up: bool, load: LoadSummary) -> PhaseSummary {
        PhaseSummary {
            name: name.to_owned(),
            warm_up,
            load,
            outcomes: self.outcomes,
            reasons: self.reasons(),
            classes: self.classes,
            achieved_ratio: self.achieved_ratio(),
            latency_s: self.figures(),
        }
    }

    /// Its own, that of the instrument where that is wrong, and those of its runners; each once.
    fn all_invalid_reasons(&self, facts: &RunFacts, tolerances: &Validity, is_wrong: bool) -> Vec<Word<InvalidReason>> {
        let own = self.invalid_reasons(tolerances, facts.interrupted);
        let mut reasons: Vec<_> = own.into_iter().map(Word::Known).collect();
        reasons.extend(is_wrong.then(|| InvalidReason::MeasurementError.into()));
        for reason in facts.runners.iter().flat_map(|runner| &runner.invalid_reasons) {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
        reasons
    }

    /// The run's summary.
    #[must_use]
    pub fn summary(&self, facts: RunFacts, tolerances: &Validity, objectives: &[Objective]) -> Summary {
        let errors = self.errors_of_the_instrument(tolerances, objectives, facts.suspended_s);
        let invalid_reasons = self.all_invalid_reasons(&facts, tolerances, !errors.is_empty());
        let mut summary = Summary {
            schema_version: 2,
            run_id: facts.run_id,
            started_at: facts.started_at,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            labels: facts.labels,
            environment: facts.environment,
            monotonic_base_ns: facts.monotonic_base_ns,
            interrupted: facts.interrupted,
            target: facts.target,
            valid: invalid_reasons.is_empty(),
            invalid_reasons,
            warnings: errors.into_iter().chain(facts.warnings).collect(),
            load: facts.load,
            until: facts.until,
            outcomes: self.outcomes,
            reasons: self.reasons(),
            classes: self.classes,
            class_uncertain: self.class_uncertain,
            exec: self.exec(),
            steps: self.steps(),
            achieved_ratio: self.achieved_ratio(),
            peak_in_flight: facts.peak_in_flight,
            peak_alive: facts.peak_alive,
            latency_s: self.figures(),
            windows: self.windows.summary(),
            phases: facts.phases,
            attribution: facts.attribution,
            controller_metrics: facts.controller_metrics,
            pods: facts.pods,
            nodes: facts.nodes,
            pools: facts.pools,
            slo: Vec::new(),
            generator: facts.generator,
            controller: facts.controller,
            server: facts.server,
            sources: facts.sources,
            runners: facts.runners,
        };
        summary.warnings.extend(disagreements(&summary));
        summary.slo = objectives.iter().map(|objective| judge(objective, &summary)).collect();
        let undecided = summary.slo.iter().filter(|objective| objective.undecided);
        let doubts = undecided.map(|ObjectiveResult { expression, .. }| {
            format!(
                "objective {expression}: undecided, the figure's 95 % interval holds the limit; more claims decide it"
            )
        });
        summary.warnings.extend(doubts.collect::<Vec<_>>());
        summary
    }

    /// What makes figures wrong here, and not on the cluster, in words.
    fn errors_of_the_instrument(
        &self,
        tolerances: &Validity,
        objectives: &[Objective],
        suspended_s: f64,
    ) -> Vec<String> {
        let errors = self.measurement_errors(tolerances, objectives).into_iter().map(|error| error.to_string());
        let suspended = (suspended_s > 0.0).then(|| {
            format!("measurement_error: this machine was suspended for {suspended_s:.3} s, which no latency holds: run again")
        });
        errors.chain(suspended).collect()
    }
}
