use std::path::PathBuf;

use super::pools::wait_for_pools;
use super::{RunError, RunOptions, RunResult, Target, run};
use crate::load::new_run_id;
use crate::report::RunFolder;

/// Runs `times` times, blocking, in folders `run-1` to `run-N` of the output's; before each the pools are full. Seeds
/// follow each other, so that the set holds as many samples and not one sample many times.
///
/// # Errors
/// [`RunError`] of the first run that fails; an interrupted one ends the set and is its last.
pub fn repeat(options: &RunOptions, times: u32) -> Result<Vec<RunResult>, RunError> {
    let folder = options.config.output.dir.clone();
    let folder = folder.unwrap_or_else(|| PathBuf::from(format!("asb-set-{}", new_run_id())));
    RunFolder::check(&folder)?;
    let mut results = Vec::new();
    for time in 0..times {
        let mut options = options.clone();
        options.config.output.dir = Some(folder.join(format!("run-{}", time + 1)));
        options.config.load.seed = options.config.load.seed.map(|seed| seed.wrapping_add(u64::from(time)));
        if time > 0 && options.target != Target::Simulator {
            wait_for_pools(&options.config, &options.target, &options.stop)?;
        }
        let result = run(options)?;
        let interrupted = result.summary.interrupted;
        results.push(result);
        if interrupted {
            break;
        }
    }
    Ok(results)
}
