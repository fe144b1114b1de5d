//! What comes of a load that was played: its summary and the files of its folder.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use agent_sandbox_common::installation::Installation;
use jiff::Timestamp;

use super::attribution::attribution;
use super::environment::environment;
use super::recorder::Recorded;
use super::report::write_report;
use super::runners::FleetPlayed;
use super::single::{Measured, Run};
use super::{RunError, RunResult, load_summary};
use crate::load::{Counters, Examined, Played};
use crate::measure::{
    Collector, Generator, NodesSummary, PhaseSummary, PodsSummary, PoolSummary, RunFacts, RunnerSummary, TargetSummary,
    Timeouts,
};
use crate::report::{Example, StoredRun, disagreement, junit, openmetrics, write_histograms};

impl Run {
    /// Judges what was measured, and writes it.
    pub(super) fn conclude(&self, measured: Measured) -> Result<RunResult, RunError> {
        let (recorded, started) = (&measured.recorded, measured.started);
        let FleetPlayed { played, runners, histograms, .. } = measured.done;
        let mut facts = self.facts(started, &played, &measured.counters, measured.generator, recorded);
        facts.target = self.target(measured.examined, measured.installation);
        facts.controller = measured.controller;
        facts.server = measured.server;
        facts.sources = measured.sources;
        if let Some((pods, summary)) = measured.pods {
            recorded.folder.write_lines("pods.jsonl", &pods)?;
            facts.pods = Some(summary);
        }
        facts.warnings = measured.warnings;
        facts.warnings.extend(facts.pods.as_ref().and_then(not_watched));
        facts.warnings.extend(self.doubts_of_the_record(&measured.counters, recorded));
        facts.warnings.extend(self.not_as_asked(recorded));
        if let (Some(until), Some(last)) = (&recorded.until, recorded.phases.last()) {
            let (summary, warning) = until.summary(last);
            facts.until = Some(summary);
            facts.warnings.extend(warning);
        }
        facts.warnings.extend(runners.iter().filter_map(RunnerSummary::warning));
        facts.runners = runners;
        self.keep_histograms(&mut facts, recorded, &histograms)?;
        recorded.folder.write_lines("pools.jsonl", &played.pools)?;
        let examples = recorded.examples(&measured.counters);
        let result = self.judge(facts, recorded, examples, started)?;
        measured.lost_controller.map_or(Ok(result), Err)
    }

    fn facts(
        &self,
        started: SystemTime,
        played: &Played,
        counters: &Counters,
        generator: Generator,
        recorded: &Recorded,
    ) -> RunFacts {
        let config = &self.options.config;
        let measured = self.plan.phases.iter().zip(&recorded.phases).filter(|(phase, _)| !phase.phase.warm_up);
        let planned = measured.map(|(_, collector)| collector.planned()).sum();
        RunFacts {
            run_id: self.run_id.clone(),
            started_at: Timestamp::try_from(started).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            labels: config.output.labels.clone(),
            environment: environment(),
            monotonic_base_ns: played.monotonic_base_ns,
            interrupted: self.options.stop.is_stopped(),
            suspended_s: played.suspended_ns as f64 / 1e9,
            target: TargetSummary::default(),
            load: load_summary::of_run(&config.load, self.seed, planned, &played.phase_lengths_ns),
            until: None,
            peak_in_flight: counters.peak_in_flight.load(Ordering::Relaxed),
            peak_alive: counters.peak_alive.load(Ordering::Relaxed),
            warnings: Vec::new(),
            pods: None,
            nodes: None,
            phases: self.phase_summaries(recorded, &played.phase_lengths_ns),
            pools: PoolSummary::of_all(&self.plan.pools, &played.pools, recorded.released_ns),
            attribution: None,
            controller_metrics: played.controller_metrics.clone().and_then(Result::ok),
            generator,
            controller: None,
            server: None,
            sources: Vec::new(),
            runners: Vec::new(),
        }
    }

    fn target(&self, examined: Examined, installation: Installation) -> TargetSummary {
        TargetSummary {
            kind: self.options.target.kind().into(),
            server_version: examined.server_version,
            agent_sandbox_version: installation.release.clone(),
            api_version: examined.api_version,
            installation,
            connections: self.options.config.load.connections,
            http_version: "1.1".into(),
        }
    }

    fn phase_summaries(&self, recorded: &Recorded, lengths_ns: &[i64]) -> Vec<PhaseSummary> {
        if self.plan.phases.len() < 2 {
            return Vec::new();
        }
        let object = self.options.config.load.object;
        let summary = |(at, collector): (usize, &Collector)| {
            let planned = &self.plan.phases[at];
            let load =
                load_summary::of_shape(object, &planned.phase.shape, self.seed, collector.planned(), lengths_ns[at]);
            let name = self.plan.phase_name(at).unwrap_or_default();
            collector.phase_summary(&name, planned.phase.warm_up, load)
        };
        recorded.phases.iter().enumerate().map(summary).collect()
    }

    /// Writes each runner's histograms, whose sum the claims must make where no runner is lost.
    fn keep_histograms(
        &self,
        facts: &mut RunFacts,
        recorded: &Recorded,
        histograms: &[(u32, String)],
    ) -> Result<(), RunError> {
        for (runner, log) in histograms {
            recorded.folder.write(&format!("runner-{runner}.hlog"), log.as_bytes())?;
        }
        if histograms.is_empty() || !facts.runners.iter().all(RunnerSummary::is_done) {
            return Ok(());
        }
        let logs = histograms.iter().map(|(_, log)| &**log);
        facts.warnings.extend(disagreement(logs, &self.all(recorded)));
        Ok(())
    }

    /// All phases but the warm-ups.
    pub(super) fn all(&self, recorded: &Recorded) -> Collector {
        let mut all = Collector::new(Timeouts::of(&self.options.config));
        let phases = recorded.phases.iter().zip(&self.plan.phases);
        phases.filter(|(_, planned)| !planned.phase.warm_up).for_each(|(phase, _)| all.merge(phase));
        all
    }

    /// What the sources said of nodes, where the Pods were asked for.
    fn nodes(&self, recorded: &Recorded) -> Result<Option<NodesSummary>, RunError> {
        if !self.options.config.output.pods {
            return Ok(None);
        }
        let run = StoredRun::open("output.dir", recorded.folder.path()).map_err(RunError::Page)?;
        Ok(NodesSummary::of(&run.metrics()))
    }

    /// Makes the summary of all phases but the warm-ups, and writes everything.
    fn judge(
        &self,
        mut facts: RunFacts,
        recorded: &Recorded,
        examples: BTreeMap<String, Example>,
        started: SystemTime,
    ) -> Result<RunResult, RunError> {
        let config = &self.options.config;
        let all = self.all(recorded);
        facts.warnings.extend(self.unsteady(&all));
        facts.nodes = self.nodes(recorded)?;
        facts.attribution = Some(attribution(&recorded.folder, &self.plan, &all)?);
        let summary = all.summary(facts, &config.validity, &config.slo);
        recorded.folder.write_summary(&summary)?;
        write_histograms(&recorded.folder, &all, started)?;
        recorded.folder.write("metrics.prom", openmetrics(&summary).as_bytes())?;
        recorded.folder.write("junit.xml", junit(&summary).as_bytes())?;
        if config.output.report {
            write_report(recorded.folder.path(), None).map_err(RunError::Page)?;
        }
        let out_dir = recorded.folder.path().to_owned();
        let (slo_undecided, validity) = (config.slo_undecided, config.validity.clone());
        Ok(RunResult { summary, out_dir, slo_undecided, validity, examples })
    }
}

/// That no Pod could be watched is no fault of the run, and explains what its results lack.
fn not_watched(pods: &PodsSummary) -> Option<String> {
    Some(format!("output.pods: the Pods were not watched, or not to the end: {}", pods.reason.as_ref()?))
}
