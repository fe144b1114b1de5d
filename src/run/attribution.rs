use super::RunError;
use crate::load::{Plan, PlannedPhase};
use crate::measure::{Attribution, Collector};
use crate::report::{self, RunFolder, StoredRun};

/// Why claims were slow: in a second look at all of them, for which claims are slow is known at the end alone. `all` has
/// counted those of all phases but the warm-ups.
pub(super) fn attribution(folder: &RunFolder, plan: &Plan, all: &Collector) -> Result<Attribution, RunError> {
    let warm_up = |(at, phase): (usize, &PlannedPhase)| phase.phase.warm_up.then(|| plan.phase_name(at))?;
    let warm_ups: Vec<String> = plan.phases.iter().enumerate().filter_map(warm_up).collect();
    let run = StoredRun::open("output.dir", folder.path()).map_err(RunError::Page)?;
    report::attribution(&run, all.totals(), &warm_ups).map_err(RunError::Page)
}
