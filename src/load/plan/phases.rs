use std::ops::Range;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Schedule;
use super::formula::Draw;
use super::instants::{Instants, most_within};
use super::size::size;
use super::trace::{Opener, open, read_trace};
use crate::config::{ConfigError, Load, Phase, Share, WarmPool};

/// A whole run's claims: phases one after another, indices without gaps, pools drawn by weight.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The phases in order.
    pub phases: Vec<PlannedPhase>,
    /// When each open-loop claim is due, ns from the run's start; closed phases take the indices behind.
    pub due: Arc<Vec<i64>>,
    /// The pools that take the claims.
    pub pools: Vec<WarmPool>,
    share: Option<Share>,
    seed: u64,
}

/// A phase and its place in the run.
#[derive(Debug, Clone)]
pub struct PlannedPhase {
    /// What the configuration says.
    pub phase: Phase,
    /// Its start, ns from the run's.
    pub start_ns: i64,
    /// Its schedule.
    pub schedule: Schedule,
    /// Its indices in [`Plan::due`]; empty for closed phases.
    pub indices: Range<usize>,
}

impl Plan {
    /// The plan of `load`; the seed must be settled.
    ///
    /// # Errors
    /// A [`ConfigError`] for a trace file that cannot be read or understood, and for a schedule of no claims or of more
    /// than a run can hold.
    pub fn new(load: &Load, seed: u64) -> Result<Self, ConfigError> {
        Self::with_files(load, seed, &open)
    }

    /// The same, with trace files from `read`.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn with_files(load: &Load, seed: u64, read: &Opener<'_>) -> Result<Self, ConfigError> {
        let (claims, _) = size(load)?;
        let mut instants = Instants::new(claims, load.share);
        let mut phases: Vec<PlannedPhase> = Vec::new();
        let (mut start_ns, mut left_over) = (0_i64, 0.0);
        for (stream, (path, phase)) in (0..).zip(load.phases_by_path()) {
            let file = phase.shape.arrivals.trace();
            let trace = file.map_or(Ok(Vec::new()), |file| read_trace(file, &format!("{path}.trace"), read))?;
            let first = instants.len();
            let schedule =
                Schedule::new(&phase.shape, &trace, Draw { seed, stream }, start_ns, &mut instants, &mut left_over);
            if phase.warm_up {
                // What is measured begins with a whole claim.
                left_over = 0.0;
            }
            let next_ns = start_ns.saturating_add(schedule.length_ns().unwrap_or(0));
            phases.push(PlannedPhase { phase, start_ns, schedule, indices: first..instants.len() });
            start_ns = next_ns;
        }
        let due = instants.into_due();
        if due.is_empty() && phases.iter().all(|phase| phase.schedule.users() == 0) {
            return Err(ConfigError::not_allowed("load", "a schedule of no claims", "rate x duration of 1 or more"));
        }
        Ok(Self { phases, due: Arc::new(due), pools: load.pools(), share: load.share, seed })
    }

    /// Where in the whole schedule a claim of this plan stands: its index in results.
    #[must_use]
    pub fn index_of(&self, index: u64) -> u64 {
        self.share.map_or(index, |share| share.index(index))
    }

    /// The pool of a claim: drawn by weight from the seed and its index in the whole schedule alone.
    #[must_use]
    pub fn pool_of(&self, index: u64) -> usize {
        if self.pools.len() == 1 {
            return 0;
        }
        let mut random =
            ChaCha8Rng::seed_from_u64(self.seed ^ self.index_of(index).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let unit = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let total: f64 = self.pools.iter().map(|pool| pool.weight).sum();
        let mut left = unit * total;
        let drawn = self.pools.iter().position(|pool| {
            left -= pool.weight;
            left < 0.0
        });
        drawn.unwrap_or(self.pools.len() - 1)
    }

    /// The phase of an open-loop claim.
    #[must_use]
    pub fn phase_of(&self, index: usize) -> usize {
        self.phases.iter().position(|phase| phase.indices.contains(&index)).unwrap_or(0)
    }

    /// The name of a phase in results; `None` where the run has only one.
    #[must_use]
    pub fn phase_name(&self, phase: usize) -> Option<String> {
        let name = &self.phases.get(phase)?.phase.name;
        let named = || if name.is_empty() { format!("phase-{phase}") } else { name.clone() };
        (self.phases.len() > 1).then(named)
    }

    /// When the schedule ends, ns from the run's start; `None` where a phase ends by its total alone.
    #[must_use]
    pub fn end_ns(&self) -> Option<i64> {
        self.phases.iter().try_fold(0_i64, |end, phase| Some(end.saturating_add(phase.schedule.length_ns()?)))
    }

    /// How long each phase is, ns; 0 where only its total ends it.
    #[must_use]
    pub fn lengths_ns(&self) -> Vec<i64> {
        self.phases.iter().map(|phase| phase.schedule.length_ns().unwrap_or_default()).collect()
    }

    /// Most users of a closed loop at a time.
    #[must_use]
    pub fn users(&self) -> u32 {
        self.phases.iter().map(|phase| phase.schedule.users()).max().unwrap_or(0)
    }

    /// Claims per second at the busiest, over 100 ms; how many connections a run needs follows from it.
    #[must_use]
    pub fn peak_rate(&self) -> f64 {
        (most_within(&self.due, 100_000_000) as f64 * 10.0).max(f64::from(self.users()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::config;

    fn plan(load: &serde_json::Value) -> Plan {
        let config = config::from_value(json!({ "load": load }), &[]).unwrap();
        Plan::new(&config.load, 5).unwrap()
    }

    #[test]
    fn phases_follow_each_other() {
        let plan = plan(&json!({"phases": [
            {"name": "warm-up", "warm_up": true, "rate": 10, "duration": "2s"},
            {"name": "burst", "arrivals": "burst", "burst": {"size": 5, "every": "1s"}, "duration": "2s"},
        ]}));
        assert_eq!(
            (plan.due.len(), plan.due[20], plan.due[29], plan.end_ns()),
            (30, 2_000_000_000, 3_000_000_000, Some(4_000_000_000))
        );
        assert_eq!((plan.phase_of(19), plan.phase_of(20)), (0, 1));
    }

    #[test]
    fn a_phase_goes_on_with_what_the_one_before_has_left_over() {
        for arrivals in ["constant", "poisson", "ramp", "step"] {
            let phase = |rate: f64| json!({"arrivals": arrivals, "rate": rate, "duration": "1s"});
            let planned = |rate: f64| plan(&json!({"phases": vec![phase(rate); 10]})).due.len();
            let half = if arrivals == "ramp" { 2.0 } else { 1.0 };
            let area = if arrivals == "step" { 0.625 } else { 1.0 };
            assert_eq!(
                (planned(1.5 * half), planned(0.9 * half)),
                ((15.0 * area) as usize, (9.0 * area) as usize),
                "{arrivals}"
            );
        }
        let after_a_total = json!({"phases": [{"rate": 1.5, "total": 2}, {"rate": 1.5, "duration": "1s"}]});
        assert_eq!(plan(&after_a_total).due.len(), 3);
    }

    proptest! {
        #[test]
        fn the_shares_make_the_schedule(
            arrivals in prop::sample::select(vec!["poisson", "constant", "burst", "ramp", "step"]),
            rate in 1..200_u32, parts in 1..20_u32, seed: u64,
        ) {
            let phase = |rate: u32| json!({"arrivals": arrivals, "rate": rate, "duration": "2s"});
            let of = |share: Option<String>| {
                let pools = json!([{"name": "a"}, {"name": "b", "weight": 2}]);
                let load = json!({"phases": [phase(rate), phase(rate + 1)], "share": share, "warm_pools": pools});
                let config = config::from_value(json!({ "load": load }), &[]).unwrap();
                let Ok(plan) = Plan::new(&config.load, seed) else { return Vec::new() };
                let claim = |(at, due): (u64, &i64)| (plan.index_of(at), *due, plan.pool_of(at), plan.phase_of(at as usize));
                (0..).zip(&*plan.due).map(claim).collect::<Vec<_>>()
            };
            let mut union: Vec<_> = (1..=parts).flat_map(|part| of(Some(format!("{part}/{parts}")))).collect();
            union.sort_unstable();
            prop_assert_eq!(union, of(None));
        }
    }

    #[test]
    fn pools_get_their_weights() {
        let plan = plan(&json!({"warm_pools": [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]}));
        let second = (0..4000).filter(|index| plan.pool_of(*index) == 1).count();
        assert!((900..1100).contains(&second), "{second}");
    }
}
