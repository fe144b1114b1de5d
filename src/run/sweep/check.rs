use super::options::SweepOptions;
use super::play::Points;
use crate::config::ConfigError;
use crate::load::Plan;
use crate::measure::{Metric, Until, check_objectives};
use crate::run::Target;
use crate::run::guard::guard;

/// The key of the stack that a sweep changes on a cluster, too: it fills the pools.
const REPLICAS: &str = "stack.sandbox_warmpool.replicas";

/// Refuses what a run of any point would refuse, before the first.
pub(super) fn check(options: &SweepOptions, points: &Points<'_>) -> Result<(), ConfigError> {
    options.figures.iter().try_for_each(|figure| Metric::named("--figure", figure).map(drop))?;
    if options.target != Target::Simulator {
        options.keys.iter().try_for_each(|key| is_of_a_cluster(&key.key))?;
    }
    for place in 1..=points.count() {
        let config = points.config_of(place)?;
        check_objectives(&config)?;
        Until::new(&config)?;
        let plan = Plan::new(&config.load, config.load.seed.unwrap_or_default())?;
        if !options.yes {
            guard(&options.target, &config, &plan)?;
        }
    }
    Ok(())
}

/// A run changes no stack: points that differ in nothing else would be the same.
fn is_of_a_cluster(key: &str) -> Result<(), ConfigError> {
    let part = key.split('.').next().unwrap_or_default();
    if !matches!(part, "stack" | "simulator") || key == REPLICAS {
        return Ok(());
    }
    let allowed = format!("on a cluster: fields of load and workload, and {REPLICAS}; the rest is as it was installed");
    Err(ConfigError::not_allowed("--set", key, allowed))
}
