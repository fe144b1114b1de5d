use super::{LiveFigures, LiveRun};
use crate::measure::{BucketCounts, Outcome};

/// Names and values of what a series is of, beside its name.
pub(super) type Attributes = Vec<(String, String)>;

/// A metric, with its series.
pub(super) struct Family {
    /// Without the product's name before it, and without a unit or a type behind it.
    pub name: &'static str,
    pub help: &'static str,
    pub unit: Unit,
    pub values: Values,
}

/// What is counted or measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Claims,
    Sandboxes,
    Seconds,
}

pub(super) enum Values {
    /// It only grows, from the run's start on.
    Counter(Vec<(Attributes, u64)>),
    Gauge(Vec<(Attributes, u64)>),
    /// Its buckets only grow, likewise.
    Histogram(BucketCounts),
}

/// All that is pushed.
pub(super) fn families(run: &LiveRun, now: &LiveFigures) -> Vec<Family> {
    let one = |value| vec![(Attributes::new(), value)];
    let outcome = |of: Outcome| (vec![("outcome".into(), of.name().into())], now.ended.of(of));
    let of = |name, help, unit, values| Family { name, help, unit, values };
    vec![
        of("run_info", "1, with the run's id and its labels.", Unit::None, Values::Gauge(vec![(about(run), 1)])),
        of("claims_intended", "Claims that came due.", Unit::Claims, Values::Counter(one(now.intended))),
        of("claims_sent", "Claims whose create was handed over.", Unit::Claims, Values::Counter(one(now.sent))),
        of(
            "claims_ended",
            "Claims by outcome: ready from that instant on, others when they are over.",
            Unit::Claims,
            Values::Counter(Outcome::ALL.map(outcome).into()),
        ),
        of("claims_in_flight", "Sent and not yet ended.", Unit::Claims, Values::Gauge(one(now.in_flight))),
        of("claims_held", "Ready and not yet released.", Unit::Claims, Values::Gauge(one(now.held))),
        of("pool_ready", "Ready sandboxes of the run's pools.", Unit::Sandboxes, Values::Gauge(one(now.pool_ready))),
        of("pool_wanted", "Sandboxes the pools should hold.", Unit::Sandboxes, Values::Gauge(one(now.pool_wanted))),
        of(
            "time_to_ready",
            "From intended to ready. What never became ready is above every bound, and its part of the sum is a lower bound.",
            Unit::Seconds,
            Values::Histogram(now.time_to_ready.clone()),
        ),
        of(
            "schedule_lag",
            "From intended to handed over: how late the generator was.",
            Unit::Seconds,
            Values::Histogram(now.schedule_lag.clone()),
        ),
    ]
}

fn about(run: &LiveRun) -> Attributes {
    let labels = run.labels.iter().map(|(key, value)| (key.clone(), value.clone()));
    [("run_id".to_owned(), run.run_id.clone())].into_iter().chain(labels).collect()
}
