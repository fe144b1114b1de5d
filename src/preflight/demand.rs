use crate::config::Config;
use crate::load::Plan;

/// What a run asks of a cluster, in figures.
pub(crate) struct Demand {
    /// Instants of the open-loop claims, ns.
    due: Vec<i64>,
    /// Users of a closed loop, at most.
    users: f64,
    /// How long each sandbox is held, s.
    hold: f64,
}

impl Demand {
    pub(crate) fn of(plan: &Plan, config: &Config) -> Self {
        let users = plan.phases.iter().filter_map(|planned| match planned.schedule {
            crate::load::Schedule::Closed { users, .. } => Some(f64::from(users)),
            crate::load::Schedule::Open { .. } => None,
        });
        Self { due: plan.due.to_vec(), users: users.fold(0.0, f64::max), hold: config.workload.hold.secs() }
    }

    /// Most claims that are due within `seconds`; in a closed loop each user has one at a time.
    pub(crate) fn within(&self, seconds: f64) -> f64 {
        let length = (seconds * 1e9) as i64;
        let mut first = 0;
        let mut most = 0;
        for (at, instant) in self.due.iter().enumerate() {
            while instant - self.due[first] >= length {
                first += 1;
            }
            most = most.max(at + 1 - first);
        }
        (most as f64).max(self.users)
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
        let due = vec![0, 500_000_000, 999_999_999, 1_000_000_000, 5_000_000_000];
        let demand = Demand { due, users: 0.0, hold: 1.0 };
        assert!((demand.within(1.0) - 3.0).abs() < 1e-9);
        assert!((demand.within(10.0) - 5.0).abs() < 1e-9);
        assert!((demand.alive() - 4.0).abs() < 1e-9, "held for a second, and another for the way");
    }
}
