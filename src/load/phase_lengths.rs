use std::sync::OnceLock;

use crate::load::plan::Plan;

/// How long the phases take: as planned, or as it turns out where only a total ends one, and where `load.until` may end the
/// last one. A phase starts when the one before it has ended.
pub(crate) struct PhaseLengths(Vec<OnceLock<i64>>);

impl PhaseLengths {
    pub fn new(plan: &Plan, until: bool) -> Self {
        let known = |length: Option<i64>| length.map_or_else(OnceLock::new, OnceLock::from);
        let mut lengths: Vec<_> = plan.phases.iter().map(|phase| known(phase.schedule.length_ns())).collect();
        if let (true, Some(last)) = (until, lengths.last_mut()) {
            *last = OnceLock::new();
        }
        Self(lengths)
    }

    /// The phase has ended after so many ns; a planned length stays.
    pub fn ended(&self, phase: usize, length_ns: i64) {
        let _ = self.0[phase].set(length_ns);
    }

    /// When the phase starts, ns from the run's start; `None` while one before it may still last.
    pub fn start_ns(&self, phase: usize) -> Option<i64> {
        self.0[..phase].iter().try_fold(0_i64, |start, length| Some(start.saturating_add(*length.get()?)))
    }

    /// The lengths, ns; 0 for a phase that has not ended.
    pub fn all(&self) -> Vec<i64> {
        self.0.iter().map(|length| length.get().copied().unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config;

    #[test]
    fn a_phase_starts_when_the_one_before_has_ended() {
        let closed = json!({"arrivals": "closed", "total": 3});
        let load = json!({"phases": [{"rate": 5, "duration": "2s"}, closed, {"rate": 5, "duration": "1s"}]});
        let config = config::from_value(json!({ "load": load }), &[]).unwrap();
        let lengths = PhaseLengths::new(&Plan::new(&config.load, 1).unwrap(), false);
        assert_eq!([0, 1, 2].map(|phase| lengths.start_ns(phase)), [Some(0), Some(2_000_000_000), None]);
        lengths.ended(1, 7);
        assert_eq!(lengths.start_ns(2), Some(2_000_000_007));
        assert_eq!(lengths.all(), [2_000_000_000, 7, 1_000_000_000]);
    }

    #[test]
    fn the_last_phase_may_end_before_its_time() {
        let config = config::from_value(json!({"load": {"rate": 5, "duration": "2s"}}), &[]).unwrap();
        let plan = Plan::new(&config.load, 1).unwrap();
        for (until, length) in [(false, 2_000_000_000), (true, 7)] {
            let lengths = PhaseLengths::new(&plan, until);
            lengths.ended(0, 7);
            assert_eq!(lengths.all(), [length]);
        }
    }
}
