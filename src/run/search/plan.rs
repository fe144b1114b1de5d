use super::options::SearchOptions;
use crate::config::{self, Comparison, Config, DEFAULT_RATE, Objective};
use crate::measure::search::{Plan, allowed_share};
use crate::measure::{Metric, StepFigure};
use crate::run::Target;
use crate::run::single::random_seed;

/// A step shows a queue only if it outlasts it.
const SHORTEST_STEP_S: f64 = 10.0;
const LIMITS_PER_STEP: f64 = 40.0;
/// Seconds from the last claim of a step to the first of the next, as expected: a run ends and another starts, and the
/// pools of a cluster fill again.
const BETWEEN_S: f64 = 1.0;
const BETWEEN_ON_CLUSTER_S: f64 = 10.0;

/// The plan of a search, with a seed of its own where the configuration has none.
pub(super) fn plan(options: &SearchOptions) -> Plan {
    let config = &options.config;
    let step_s = step_s(config);
    let plan = Plan {
        first: config.load.shape.arrivals.rate().unwrap_or(DEFAULT_RATE),
        // A step of less than one claim would be none.
        min_rate: 1.0 / step_s,
        max_rate: config.search.max_rate,
        tolerance: config.search.tolerance,
        step_s,
        between_s: if options.target == Target::Simulator { BETWEEN_S } else { BETWEEN_ON_CLUSTER_S },
        smallest_share: config.slo.iter().filter_map(allowed_share).fold(1.0, f64::min),
        seed: config.load.seed.unwrap_or_else(random_seed),
    };
    plan.in_order()
}

/// As long as the configuration says, but at least 10 s and 40 times the longest latency an objective allows.
fn step_s(config: &Config) -> f64 {
    let upper = |objective: &&Objective| matches!(objective.comparison, Comparison::Less | Comparison::AtMost);
    let of_server = |objective: &&Objective| match Metric::of_name(&objective.metric) {
        Some(Metric::Latency(latency, statistic)) => latency.is_of_server() && statistic.is_duration(),
        Some(Metric::Step(_, figure)) => matches!(figure, StepFigure::Latency(statistic) if statistic.is_duration()),
        Some(Metric::Single(_) | Metric::Outcome(_) | Metric::Class(_) | Metric::Exec(_) | Metric::Reason(_))
        | None => false,
    };
    let latencies = config.slo.iter().filter(upper).filter(of_server);
    let longest = latencies.map(|objective| objective.limit).fold(0.0, f64::max);
    let own = config.load.shape.duration.map_or(0.0, config::Duration::secs);
    own.max(SHORTEST_STEP_S).max(LIMITS_PER_STEP * longest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step_of(slo: &[&str], duration: Option<&str>) -> u64 {
        let load = duration.map_or(json!({}), |duration| json!({"duration": duration}));
        step_s(&config::from_value(json!({"slo": slo, "load": load}), &[]).unwrap()) as u64
    }

    #[test]
    fn a_step_outlasts_the_queue_it_is_to_show() {
        assert_eq!(step_of(&["time_to_ready.p99<100ms"], None), 10);
        assert_eq!(step_of(&["time_to_ready.p99<1s", "warm_fraction>=0.99"], None), 40);
        assert_eq!(step_of(&["time_to_ready.p99<1s"], Some("60s")), 60);
    }
}
