use super::Target;
use crate::config::{Arrivals, Config, ConfigError};
use crate::load::Plan;
use crate::preflight::Demand;

/// Claims a second on a named cluster, at most, unless `--yes` says that it is meant.
pub(super) const MOST_PER_SECOND: f64 = 5_000.0;
/// Claims in all, likewise.
const MOST_CLAIMS: usize = 1_000_000;
/// More than this above a random rate is no longer chance: 7 standard deviations at the limit.
const CHANCE: f64 = 1.1;

/// Refuses a load that would hurt a cluster if it was a slip of the finger.
///
/// # Errors
/// A [`ConfigError`] that names the field and the limit.
pub(super) fn guard(target: &Target, config: &Config, plan: &Plan) -> Result<(), ConfigError> {
    if *target == Target::Simulator {
        return Ok(());
    }
    if plan.due.len() > MOST_CLAIMS {
        let allowed = format!("at most {MOST_CLAIMS} claims on a cluster without --yes");
        return Err(ConfigError::not_allowed("load.total", plan.due.len(), &allowed));
    }
    refuse_rate("load.rate", peak(config, plan))
}

/// Refuses a rate, claims per second, beyond the limit.
pub(super) fn refuse_rate(field: &str, rate: f64) -> Result<(), ConfigError> {
    if rate <= MOST_PER_SECOND {
        return Ok(());
    }
    let allowed = format!("at most {MOST_PER_SECOND} claims per second on a cluster without --yes");
    Err(ConfigError::not_allowed(field, rate, &allowed))
}

/// Most claims within a second; of random arrivals their rate, for chance alone exceeds it in some second.
fn peak(config: &Config, plan: &Plan) -> f64 {
    let arrivals = plan.phases.iter().map(|planned| &planned.phase.shape.arrivals);
    let random = arrivals.filter(|arrivals| arrivals.is_random()).filter_map(Arrivals::rate);
    let rate = random.fold(0.0, f64::max);
    let most = Demand::of(plan, config).peak_rate();
    if most <= rate * CHANCE { rate.min(most) } else { most }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config;

    fn guarded(load: &Value) -> Result<(), String> {
        let config = config::from_value(json!({ "load": load }), &[]).unwrap();
        let plan = Plan::new(&config.load, 1).unwrap();
        guard(&Target::InCluster, &config, &plan).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant_passes_and_a_slip_of_the_finger_does_not() {
        for fine in [
            json!({"rate": 5000, "duration": "2s"}),
            json!({"rate": 5000, "duration": "4s", "arrivals": "poisson"}),
            json!({"arrivals": "burst", "burst": {"size": 5000, "every": "1s"}, "duration": "3s"}),
        ] {
            assert_eq!(guarded(&fine), Ok(()), "{fine}");
        }
        for (slip, field) in [
            (json!({"rate": 5001, "duration": "2s"}), "load.rate"),
            (json!({"rate": 5200, "duration": "4s", "arrivals": "poisson"}), "load.rate"),
            (json!({"arrivals": "burst", "burst": {"size": 5001, "every": "1s"}, "duration": "3s"}), "load.rate"),
            (json!({"rate": 100, "duration": "10001s"}), "load.total"),
            (json!({"arrivals": "closed", "closed": {"users": 6000}, "duration": "3s"}), "load.rate"),
        ] {
            let refused = guarded(&slip).unwrap_err();
            assert!(refused.contains(field) && refused.contains("--yes"), "{slip}: {refused}");
        }
    }
}
