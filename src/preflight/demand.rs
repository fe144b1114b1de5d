use std::sync::Arc;

use crate::config::Config;
use crate::load::{Plan, most_within};

/// What a run asks of a cluster, in figures.
pub(crate) struct Demand {
    /// Instants of the open-loop claims, ns.
    due: Arc<Vec<i64>>,
    /// Users of a closed loop, at most.
    users: f64,
    /// How long each sandbox is held, s.
    hold: f64,
}

impl Demand {
    pub(crate) fn of(plan: &Plan, config: &Config) -> Self {
        Self { due: Arc::clone(&plan.due), users: f64::from(plan.users()), hold: config.workload.hold.secs() }
    }

    /// Most claims that are due within `seconds`; in a closed loop each user has one at a time.
    pub(crate) fn within(&self, seconds: f64) -> f64 {
        (most_within(&self.due, (seconds * 1e9) as i64) as f64).max(self.users)
    }

    /// Most sandboxes claimed at a time: the claims due within one hold, and a second for the way there and back.
    pub(crate) fn alive(&self) -> f64 {
        self.within(self.hold + 1.0)
    }

    /// Most claims in one second.
    pub(crate) fn peak_rate(&self) -> f64 {
        self.within(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_within_a_window() {
        let due = Arc::new(vec![0, 500_000_000, 999_999_999, 1_000_000_000, 5_000_000_000]);
        let demand = Demand { due, users: 0.0, hold: 1.0 };
        assert!((demand.within(1.0) - 3.0).abs() < 1e-9);
        assert!((demand.within(10.0) - 5.0).abs() < 1e-9);
        assert!((demand.alive() - 4.0).abs() < 1e-9, "held for a second, and another for the way");
    }
}
