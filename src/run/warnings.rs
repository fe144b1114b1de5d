//! What is said of a run beside its figures.

use std::sync::atomic::Ordering;

use super::recorder::Recorded;
use super::single::Run;
use crate::config::ControllerMetricsSource;
use crate::load::{Counters, Played};
use crate::measure::{Collector, Latency, Sending};

impl Run {
    pub(super) fn warnings(&self, played: &Played, insecure: bool) -> Vec<String> {
        let config = &self.options.config;
        let mut warnings = Vec::new();
        if insecure {
            warnings.push("insecure: the kubeconfig tells not to check the server's certificate".into());
        }
        if config.load.claim.forces_cold_start() {
            warnings
                .push("environment and volumes of a claim's own (load.claim) force every claim to a cold start".into());
        }
        if self.plan.users() > 0 {
            warnings.push(
                "closed loop: a slow server slowed the load, so percentiles hide what users would have waited".into(),
            );
        }
        if let (Some(Err(error)), ControllerMetricsSource::Url(url)) =
            (&played.controller_metrics, &config.output.controller_metrics)
        {
            warnings.push(format!("the controller's metrics at {url} were not read: {error}"));
        }
        if !played.unknown_reasons.is_empty() {
            warnings.push(format!(
                "Ready was False for a reason that this version does not know, and was waited out as one that passes: {}",
                played.unknown_reasons.join(", ")
            ));
        }
        match &played.leftovers {
            Ok(0) => {}
            Ok(count) => {
                warnings.push(format!("{count} claims were still there after the last release, and were removed"));
            }
            Err(error) => warnings.push(format!(
                "could not make sure that nothing is left ({error}); run: agent-sandbox-bench cleanup --run-id {}",
                self.run_id
            )),
        }
        warnings
    }

    /// What keeps the record from being whole, or on time.
    pub(super) fn doubts_of_the_record(&self, counters: &Counters, recorded: &Recorded) -> Vec<String> {
        let mut doubts = Vec::new();
        if let Some(panic) = self.supervisor.panic() {
            let recorded: u64 = recorded.phases.iter().map(Collector::planned).sum();
            let ended = counters.knows_enough.load(Ordering::Relaxed).then(|| counters.planned.load(Ordering::Relaxed));
            let planned = ended.unwrap_or(self.plan.due.len() as u64);
            let missing = planned.saturating_sub(recorded);
            doubts.push(format!("{panic}; {missing} planned claims have no record"));
        }
        let waits = counters.recorder_waits.load(Ordering::Relaxed);
        if waits > 0 {
            doubts.push(format!("the disk was too slow: {waits} times a claim that was over waited to be recorded, and others to be released"));
        }
        doubts
    }

    /// The phases, but for warm-ups, whose claims were not sent by the law that was asked for.
    pub(super) fn not_as_asked(&self, recorded: &Recorded) -> Vec<String> {
        let warning = |(at, sending): (usize, &Option<Sending>)| {
            let warning = sending.as_ref()?.warning().filter(|_| !self.plan.phases[at].phase.warm_up)?;
            Some(self.plan.phase_name(at).map_or_else(|| warning.clone(), |name| format!("phase {name}: {warning}")))
        };
        recorded.sending.iter().enumerate().filter_map(warning).collect()
    }

    /// That the time to ready changed within the run, and when; said of one phase of one rate alone, as others change.
    pub(super) fn unsteady(&self, measured: &Collector) -> Option<String> {
        let mut phases = self.plan.phases.iter().filter(|planned| !planned.phase.warm_up);
        let alone = phases.next().filter(|_| phases.next().is_none())?;
        let steady = alone.phase.shape.arrivals.is_steady();
        steady.then(|| measured.unsteady(Latency::TimeToReady).map(|change| format!("time_to_ready: {change}")))?
    }
}
