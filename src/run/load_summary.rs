//! What a summary says of its load, for a whole run and for each phase.

use crate::config::{Load, LoadObject, Shape};
use crate::measure::LoadSummary;

/// Of a run: its shape, or `phases` where it has several. Warm-ups are in no figure, so not in `planned` and not in the
/// duration. `lengths_ns` are those of the phases.
pub(super) fn of_run(load: &Load, seed: u64, planned: u64, lengths_ns: &[i64]) -> LoadSummary {
    let phases = load.phases_by_path();
    let length_of = |at: usize| lengths_ns.get(at).copied().unwrap_or_default();
    let measured = || phases.iter().enumerate().filter(|(_, (_, phase))| !phase.warm_up);
    let whole_ns = measured().map(|(at, _)| length_of(at)).sum();
    if let [(_, only)] = &phases[..] {
        return of_shape(load.object, &only.shape, seed, planned, whole_ns);
    }
    let closed = measured().any(|(_, (_, phase))| phase.shape.arrivals.is_closed());
    LoadSummary {
        object: load.object,
        arrivals: "phases".into(),
        rate: None,
        duration_s: seconds(whole_ns),
        seed,
        planned,
        r#loop: loop_of(closed),
    }
}

/// Of a phase.
pub(super) fn of_shape(object: LoadObject, shape: &Shape, seed: u64, planned: u64, length_ns: i64) -> LoadSummary {
    LoadSummary {
        object,
        arrivals: shape.arrivals.name().into(),
        rate: shape.arrivals.rate(),
        duration_s: seconds(length_ns),
        seed,
        planned,
        r#loop: loop_of(shape.arrivals.is_closed()),
    }
}

fn loop_of(closed: bool) -> String {
    if closed { "closed" } else { "open" }.into()
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::config;

    fn summary(load: &Value, seconds: &[i64]) -> Value {
        let config = config::from_value(json!({ "load": load }), &[]).unwrap();
        let lengths_ns: Vec<_> = seconds.iter().map(|length| length * 1_000_000_000).collect();
        serde_json::to_value(of_run(&config.load, 7, 50, &lengths_ns)).unwrap()
    }

    #[test]
    fn a_run_of_one_phase_is_of_its_shape() {
        let burst = json!({"arrivals": "burst", "burst": {"size": 5, "every": "1s"}});
        for load in [burst.clone(), json!({"phases": [burst]})] {
            let expected = json!({
                "object": "claim", "arrivals": "burst", "rate": null, "duration_s": 30.0, "seed": 7, "planned": 50, "loop": "open",
            });
            assert_eq!(summary(&load, &[30]), expected, "{load}");
        }
        assert_eq!(summary(&json!({"arrivals": "ramp", "rate": 5}), &[30])["rate"], 5.0);
        assert_eq!(summary(&json!({}), &[30])["rate"], 10.0);
        assert_eq!(summary(&json!({"object": "pod"}), &[30])["object"], "pod");
    }

    #[test]
    fn a_run_of_phases_leaves_warm_ups_out() {
        let warm_up = json!({"warm_up": true, "rate": 5, "duration": "9s"});
        let open = summary(&json!({"phases": [warm_up, {"rate": 5}]}), &[9, 30]);
        assert_eq!([&open["arrivals"], &open["rate"], &open["loop"]], [&json!("phases"), &Value::Null, &json!("open")]);
        assert_eq!(open["duration_s"], 30.0);
        let closed = summary(&json!({"phases": [{"rate": 5}, {"arrivals": "closed"}]}), &[30, 30]);
        assert_eq!([&closed["loop"], &closed["duration_s"]], [&json!("closed"), &json!(60.0)]);
    }
}
