use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::{RunError, Target};
use crate::config::Config;
use crate::load::Plan;

/// Files that are open beside connections: results, libraries, the runtime's own.
const BESIDE: u64 = 40;

/// Lets this process open as many files as it may, as Go's programs do, and refuses a run that needs more. It counts
/// the connections before the first claim, and those of the watches. What a slow server makes of the rest is not known
/// ahead.
///
/// # Errors
/// [`RunError::OpenFiles`].
pub(super) fn raise(target: &Target, config: &Config, plan: &Plan) -> Result<(), RunError> {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Ok(()) };
    // macOS names an endless hard limit that it does not grant.
    let allowed = if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft };
    let needed = needed(*target == Target::Simulator, u64::from(config.load.connections), plan.peak_rate());
    if needed > allowed { Err(RunError::OpenFiles { needed, allowed }) } else { Ok(()) }
}

/// Files of a run at `peak` claims per second, half of them for deletes; the embedded simulator has the other ends.
fn needed(simulated: bool, limit: u64, peak: f64) -> u64 {
    let creates = ((peak / 10.0).ceil() as u64).clamp(4, limit.max(4)).min(limit);
    let connections = creates + creates.div_ceil(2) + 4;
    BESIDE + if simulated { 2 * connections } else { connections }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_ahead_is_needed() {
        assert_eq!(needed(false, 256, 10.0), 40 + 4 + 2 + 4);
        assert_eq!(needed(true, 256, 1000.0), 40 + 2 * (100 + 50 + 4));
        assert_eq!(needed(false, 8, 1000.0), 40 + 8 + 4 + 4);
    }
}
