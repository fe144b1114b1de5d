use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Percentage};

/// A percentile that is to be known; the run ends once it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// The percentile, such as `time_to_ready.p99`.
    pub figure: String,
    /// Half the length of its interval, as a share of the percentile, at most; above 0%.
    pub within: Percentage,
    /// Longest time that claims are sent; above 60s, because there is no look before that.
    pub at_most: Duration,
}

impl Until {
    /// From the start of the phase to the first look. A run of less tells nothing of slow times that come twice a minute,
    /// and looks the surer for it.
    pub const FIRST_LOOK: Duration = Duration::from_secs(60);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::{Duration, from_value};

    fn until(more: &Value) -> Value {
        let mut load = json!({"until": {"figure": "time_to_ready.p99", "within": "5%", "at_most": "10m"}});
        let fields = more.as_object().unwrap().clone();
        load.as_object_mut().unwrap().extend(fields);
        json!({ "load": load })
    }

    #[test]
    fn it_rules_the_last_phase() {
        let warm_up = json!({"warm_up": true, "rate": 5, "duration": "9s"});
        for (load, seconds) in [
            (json!({"arrivals": "poisson"}), vec![600]),
            (json!({"arrivals": "closed"}), vec![600]),
            (json!({"phases": [warm_up, {"rate": 5}]}), vec![9, 600]),
        ] {
            let load = from_value(until(&load), &[]).unwrap().load;
            let lengths = load.phases_by_path().into_iter().map(|(_, phase)| phase.shape.duration_or_default());
            assert_eq!(lengths.collect::<Vec<_>>(), seconds.into_iter().map(Duration::from_secs).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_contradicts_it_is_refused_by_name() {
        let at_most = |at_most: &str| json!({"until": {"figure": "a", "within": "5%", "at_most": at_most}});
        for (load, words) in [
            (at_most("60s"), "load.until.at_most: got 1m, allowed: a duration above 1m"),
            (
                json!({"until": {"figure": "a", "within": "0%", "at_most": "2m"}}),
                "load.until.within: got 0 %, allowed:",
            ),
            (json!({"duration": "5s"}), "load.duration: got it beside load.until, allowed: load.until.at_most alone"),
            (json!({"total": 5}), "load.total: got it beside load.until"),
            (json!({"share": "1/2"}), "load.share: got it beside load.until"),
            (json!({"runners": 2}), "load.runners: got it beside load.until"),
            (
                json!({"arrivals": "ramp"}),
                "load.arrivals: got ramp beside load.until, allowed: constant, poisson or closed",
            ),
            (json!({"phases": [{"rate": 5}, {"rate": 5}]}), "load.phases[0].warm_up: got false beside load.until"),
            (json!({"phases": [{"warm_up": true}]}), "load.phases[0].warm_up: got true beside load.until"),
            (json!({"phases": [{"duration": "5s"}]}), "load.phases[0].duration: got it beside load.until"),
        ] {
            let error = from_value(until(&load), &[]).unwrap_err().to_string();
            assert!(error.starts_with(words), "{load}: {error}");
        }
    }
}
