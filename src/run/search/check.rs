use super::options::SearchOptions;
use crate::config::ConfigError;
use crate::measure::check_objectives;
use crate::run::Target;
use crate::run::guard::refuse_rate;

/// Refuses what cannot be searched, before anything is touched.
pub(super) fn check(options: &SearchOptions) -> Result<(), ConfigError> {
    let config = &options.config;
    let refuse = |field: &str, got: String, allowed: &str| Err(ConfigError::not_allowed(field, got, allowed));
    if config.slo.is_empty() {
        return refuse("slo", "no objective".into(), "one or more, such as time_to_ready.p99<500ms");
    }
    check_objectives(config)?;
    if options.target != Target::Simulator && !options.yes {
        refuse_rate("search.max_rate", config.search.max_rate)?;
    }
    if config.load.until.is_some() {
        return refuse("load.until", "it".into(), "nothing: a search settles how long each step is");
    }
    if !config.load.phases.is_empty() {
        return refuse("load.phases", "phases".into(), "none: a search drives load.rate");
    }
    if config.load.shape.arrivals.clone().rate_mut().is_none() {
        let name = config.load.shape.arrivals.name();
        return refuse("load.arrivals", name.into(), "constant or poisson: a search drives load.rate");
    }
    Ok(())
}
