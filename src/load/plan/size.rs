//! How much a load asks for, known before any of it is made: a slip of a digit must not cost the machine its memory.

use super::formula::{Draw, Playing, playing};
use crate::config::{ConfigError, Load};

/// Claims of one run at most, which plan and records hold in some GB.
pub(crate) const MOST_CLAIMS: u64 = 100_000_000;
/// The longest run, s: 100 years, as the longest duration. Instants are 64 bit of nanoseconds.
const LONGEST_S: f64 = 100.0 * 365.25 * 86_400.0;

/// Claims and seconds that an open-loop load asks for at most; traces and users are not counted.
///
/// # Errors
/// A [`ConfigError`] that names the phase which is beyond what one run can hold.
pub fn size(load: &Load) -> Result<(u64, f64), ConfigError> {
    let (mut claims, mut seconds) = (0.0, 0.0);
    for (field, phase) in load.phases_by_path() {
        let shape = &phase.shape;
        match playing(shape, &[], Draw::default()) {
            Playing::Open(formula) => {
                claims += shape.total.map_or(f64::INFINITY, |total| total as f64).min(formula.claims());
                seconds += formula.length_ns() / 1e9;
            }
            Playing::Closed(_) => seconds += shape.duration_or_default().secs(),
        }
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
            (json!({"arrivals": "burst", "burst": {"size": u64::MAX, "every": "1s"}}), "load: got"),
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
