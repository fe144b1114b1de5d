use std::path::Path;
use std::time::Instant;

use super::options::SearchOptions;
use crate::config::{Config, Duration, Phase, Shape};
use crate::measure::Timeouts;
use crate::measure::search::{Ended, Judge, Step};
use crate::preflight::REFILL_S;
use crate::report::{SearchStep, StoredRun};
use crate::run::pools::wait_for_pools;
use crate::run::{RunError, RunOptions, RunResult, Target, run};

/// Sandboxes of the embedded simulator's pool, at least.
const SMALLEST_POOL: f64 = 100.0;
/// Names of a step's phases.
const WARM_UP: &str = "warm-up";
const JUDGED: &str = "judged";

/// Runs the step at this place of the search once the pools are full; `None` where it was interrupted.
///
/// # Errors
/// [`RunError`] of the first step. A later step that fails says so.
pub(super) fn step(
    options: &SearchOptions,
    asked: Step,
    place: usize,
    out_dir: &Path,
) -> Result<Option<(Ended, SearchStep)>, RunError> {
    let begun = Instant::now();
    let folder = format!("step-{:02}", place + 1);
    let outcome = play(options, asked, place, &out_dir.join(&folder));
    let took_s = begun.elapsed().as_secs_f64();
    match outcome {
        Ok(result) if result.summary.interrupted => Ok(None),
        Ok(result) => {
            let ended = judge(&options.config, asked, &result)?;
            let step = SearchStep::new(asked, &ended, &result.summary, folder, took_s);
            Ok(Some((ended, step)))
        }
        Err(error) if place == 0 => Err(error),
        // It has stopped the search with the step.
        Err(error @ RunError::Controller { .. }) => Err(error),
        Err(RunError::Interrupted) => Ok(None),
        Err(error) => Ok(Some((Ended::Failed, SearchStep::failed(asked, error.to_string(), folder, took_s)))),
    }
}

fn play(options: &SearchOptions, asked: Step, place: usize, folder: &Path) -> Result<RunResult, RunError> {
    if options.stop.is_stopped() {
        return Err(RunError::Interrupted);
    }
    if options.target != Target::Simulator && place > 0 {
        wait_for_pools(&options.config, &options.target, &options.stop)?;
    }
    let mut config = config_of(&options.config, asked, place);
    config.output.dir = Some(folder.to_owned());
    if options.target == Target::Simulator && config.stack.sandbox_warmpool.replicas.is_none() {
        let replicas = pool_for(asked.rate, &config).max(SMALLEST_POOL);
        config.stack.sandbox_warmpool.replicas = Some(replicas as u32);
    }
    run(RunOptions {
        config,
        target: options.target.clone(),
        stop: options.stop.clone(),
        progress: options.progress.clone(),
        force: options.force,
        yes: options.yes,
        running: options.running.clone(),
    })
}

/// The configuration of a step: a warm-up and a judged phase at its rate, with its seed.
fn config_of(config: &Config, asked: Step, place: usize) -> Config {
    let mut config = config.clone();
    let Shape { mut arrivals, .. } = std::mem::take(&mut config.load.shape);
    if let Some(driven) = arrivals.rate_mut() {
        *driven = Some(asked.rate);
    }
    let phase = |name: &str, seconds: f64| Phase {
        name: name.into(),
        warm_up: name == WARM_UP,
        shape: Shape { arrivals: arrivals.clone(), duration: Duration::from_secs_f64(seconds), total: None },
    };
    config.load.phases = vec![phase(WARM_UP, asked.warm_up_s), phase(JUDGED, asked.duration_s)];
    config.load.seed = Some(asked.seed);
    // A seed of the simulator's that is given must not give each step the same service times.
    config.simulator.seed = config.simulator.seed.map(|seed| seed.wrapping_add(place as u64));
    config
}

/// Sandboxes that a pool needs for a rate: those held, and those being replaced.
fn pool_for(rate: f64, config: &Config) -> f64 {
    (rate * (config.workload.hold.secs() + REFILL_S)).ceil()
}

/// Counts what the step's folder holds.
fn judge(config: &Config, asked: Step, result: &RunResult) -> Result<Ended, RunError> {
    let mut judge = Judge::new(&config.slo, asked, Timeouts::of(config));
    for claim in StoredRun::open("output.dir", &result.out_dir)?.claims()? {
        let claim = claim?;
        if claim.phase.as_deref() == Some(JUDGED) {
            judge.record(&claim);
        }
    }
    Ok(judge.ended(&result.summary))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config;
    use crate::load::Plan;

    #[test]
    fn a_step_warms_up_at_its_rate_and_can_be_run_again() {
        let load = json!({"rate": 3, "duration": "9s", "total": 4, "seed": 5});
        let whole = config::from_value(json!({"load": load, "simulator": {"seed": 7}}), &[]).unwrap();
        let asked = Step { rate: 40.0, seed: 6, warm_up_s: 1.0, duration_s: 10.0 };
        let step = config_of(&whole, asked, 2);
        assert_eq!(config::from_value(serde_json::to_value(&step).unwrap(), &[]).unwrap(), step);
        assert_eq!((step.load.seed, step.simulator.seed), (Some(6), Some(9)));
        let plan = Plan::new(&step.load, 6).unwrap();
        let warm_up: Vec<_> = plan.phases.iter().map(|phase| (phase.phase.warm_up, phase.start_ns)).collect();
        assert_eq!((warm_up, plan.end_ns()), (vec![(true, 0), (false, 1_000_000_000)], Some(11_000_000_000)));
    }
}
