//! How much a load asks for, known before any of it is made: a slip of a digit must not cost the machine its memory.

use super::schedule::{DEFAULT_DURATION, DEFAULT_RATE};
use crate::config::{Arrivals, ConfigError, Load, Phase};

/// Claims of one run at most, which plan and records hold in some GB.
pub(crate) const MOST_CLAIMS: u64 = 100_000_000;
/// The longest run, s: 100 years, as the longest duration. Instants are 64 bit of nanoseconds.
const LONGEST_S: f64 = 100.0 * 365.25 * 86_400.0;

/// Claims and seconds that an open-loop load asks for at most; traces and users are not counted.
///
/// # Errors
/// A [`ConfigError`] that names the phase which is beyond what one run can hold.
pub fn size(load: &Load) -> Result<(u64, f64), ConfigError> {
    let single = load.phases.is_empty();
    let phases = if single { vec![load.as_phase()] } else { load.phases.clone() };
    let (mut claims, mut seconds) = (0.0, 0.0);
    for (at, phase) in phases.iter().enumerate() {
        let field = if single { "load".to_owned() } else { format!("load.phases[{at}]") };
        claims += claims_of(phase);
        seconds += seconds_of(phase);
        if claims > MOST_CLAIMS as f64 {
            let allowed = format!("at most {MOST_CLAIMS} claims in a run");
            return Err(ConfigError::not_allowed(field, format!("{claims:.0} claims"), allowed));
        }
        if seconds > LONGEST_S {
            return Err(ConfigError::not_allowed(field, format!("{seconds:.0} s"), "at most 100 years in a run"));
        }
    }
    Ok((claims as u64, seconds))
}

fn claims_of(phase: &Phase) -> f64 {
    let (rate, duration) = (phase.rate.unwrap_or(DEFAULT_RATE), phase.duration.unwrap_or(DEFAULT_DURATION).secs());
    let total = phase.total.map(|total| total as f64);
    match phase.arrivals {
        Arrivals::Closed | Arrivals::Trace => 0.0,
        Arrivals::Constant | Arrivals::Poisson => match (total, phase.duration) {
            (Some(total), None) => total,
            (None, _) => rate * duration,
            (Some(total), Some(_)) => most(phase.arrivals, rate * duration).min(total),
        },
        // Whole bursts are made before the total cuts the last one.
        Arrivals::Burst => {
            let (size, every) = burst(phase);
            match (total, phase.duration) {
                (Some(total), None) => total + size,
                _ => (duration / every + 1.0) * size,
            }
        }
        Arrivals::Ramp => phase.ramp.as_ref().map_or(rate, |ramp| ramp.from.max(ramp.to)) * duration,
        Arrivals::Step if phase.steps.is_empty() => rate * duration,
        Arrivals::Step => phase.steps.iter().map(|step| step.rate * step.duration.secs()).sum(),
    }
}

/// Arrivals within a time in which `mean` are expected; of random ones, 7 standard deviations more.
fn most(arrivals: Arrivals, mean: f64) -> f64 {
    if arrivals == Arrivals::Poisson { mean + 7.0 * mean.sqrt() + 7.0 } else { mean }
}

/// Claims at once, and the seconds from one burst to the next.
fn burst(phase: &Phase) -> (f64, f64) {
    let default = (phase.rate.unwrap_or(DEFAULT_RATE).round().max(1.0), 1.0);
    phase.burst.as_ref().map_or(default, |burst| (burst.size as f64, burst.every.secs()))
}

fn seconds_of(phase: &Phase) -> f64 {
    if !phase.steps.is_empty() {
        return phase.steps.iter().map(|step| step.duration.secs()).sum();
    }
    let duration = phase.duration.unwrap_or(DEFAULT_DURATION).secs();
    match (phase.total, phase.duration, phase.arrivals) {
        (Some(total), None, Arrivals::Constant | Arrivals::Poisson) => {
            total as f64 / phase.rate.unwrap_or(DEFAULT_RATE)
        }
        (Some(total), None, Arrivals::Burst) => {
            let (size, every) = burst(phase);
            (total as f64 / size).ceil() * every
        }
        _ => duration,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::config;
    use crate::load::Plan;

    fn sized(load: &Value) -> Result<(u64, f64), String> {
        let config = config::from_value(json!({ "load": load }), &[]).map_err(|error| error.to_string())?;
        size(&config.load).map_err(|error| error.to_string())
    }

    #[test]
    fn what_no_machine_holds_is_refused_by_phase() {
        for (load, field) in [
            (json!({"total": u64::MAX}), "load: got 18446744073709551616 claims"),
            (json!({"rate": 1e6, "duration": "876000h"}), "load: got"),
            (json!({"rate": 1e-300, "total": 2}), "load: got"),
            (json!({"arrivals": "burst", "burst": {"size": u64::MAX, "every": "1s"}, "total": 1}), "load: got"),
            (json!({"arrivals": "burst", "burst": {"size": 1, "every": "876000h"}, "total": 9}), "load: got"),
            (json!({"arrivals": "ramp", "ramp": {"from": 1e6, "to": 1e6}, "duration": "1h"}), "load: got"),
            (json!({"arrivals": "step", "steps": [{"rate": 1e6, "duration": "1h"}]}), "load: got"),
            (json!({"phases": [{"total": 5}, {"total": 100_000_000}]}), "load.phases[1]: got"),
            (
                json!({"phases": [{"duration": "876000h", "rate": 1e-9}, {"duration": "876000h"}]}),
                "load.phases[1]: got",
            ),
        ] {
            let error = sized(&load).unwrap_err();
            assert!(error.starts_with(field) && error.contains("allowed: at most 100"), "{load}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_plan_is_larger(
            arrivals in prop::sample::select(vec!["poisson", "constant", "burst", "ramp", "step"]),
            rate in 0.1..300.0_f64, duration in prop::option::of(1..6_u32), total in prop::option::of(1..1500_u64),
        ) {
            let duration = duration.map(|seconds| format!("{seconds}s"));
            let load = json!({"arrivals": arrivals, "rate": rate, "duration": duration, "total": total});
            let config = config::from_value(json!({ "load": load }), &[]).unwrap();
            let (claims, _) = size(&config.load).unwrap();
            let planned = Plan::new(&config.load, 1).map_or(0, |plan| plan.due.len() as u64);
            prop_assert!(planned <= claims + 1, "{planned} above {claims}");
        }
    }
}
