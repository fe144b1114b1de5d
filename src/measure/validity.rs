use super::{Collector, Latency};
use crate::config::Validity;

impl Collector {
    /// Why these claims are no valid measurement of the cluster; empty where they are. A cluster that cannot keep up
    /// is a result, not a reason.
    #[must_use]
    pub fn invalid_reasons(&self, tolerances: &Validity, interrupted: bool) -> Vec<String> {
        let lag = self.distribution(Latency::ScheduleLag).quantile(0.99);
        let never_handed_over = self.reasons.contains_key("not_sent.generator_late");
        let late = never_handed_over || lag.is_some_and(|lag| lag > tolerances.max_schedule_lag_p99.secs());
        let bounds = self.upper_bounds as f64 / self.outcomes.ready.max(1) as f64;
        let lost = self.reasons.keys().any(|key| key.ends_with(".runner_lost"));
        [
            ("interrupted", interrupted),
            ("generator_late", late),
            ("achieved_ratio", self.achieved_ratio() < tolerances.min_achieved_ratio),
            ("watch_gap", bounds > tolerances.max_upper_bound_share),
            ("runner_lost", lost),
        ]
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(reason, _)| reason.to_owned())
        .collect()
    }
}
