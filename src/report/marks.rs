//! What plots are read against: objectives and tolerances across, phases and faults along the time axis.

use super::plot::{Band, BandKind, Limit};
use crate::config::{Config, Objective, Validity};
use crate::measure::{Latency, Metric, ObjectiveResult, Statistic, Summary, most_lag_s};

/// The limits of the objectives on durations of these latencies.
pub(super) fn objectives(summary: &Summary, latencies: &[Latency]) -> Vec<Limit> {
    let judged = |result: &ObjectiveResult| {
        let limit = limit(&result.expression, latencies)?;
        let (word, tone) = if result.met { ("met", "good") } else { ("missed", "bad") };
        Some(Limit { label: format!("{}, {word}", limit.label), tone, ..limit })
    };
    summary.slo.iter().filter_map(judged).collect()
}

/// Those of objectives on `latency` that several runs met or missed.
pub(super) fn unjudged(objectives: &[String], latency: Latency) -> Vec<Limit> {
    let limits = objectives.iter().filter_map(|text| limit(text, &[latency]));
    limits.map(|limit| Limit { at: None, ..limit }).collect()
}

/// The limit of an objective, where it is on a duration of one of these latencies.
fn limit(expression: &str, latencies: &[Latency]) -> Option<Limit> {
    let objective: Objective = expression.parse().ok()?;
    let Metric::Latency(latency, statistic) = Metric::of_name(&objective.metric)? else { return None };
    let drawn = latencies.contains(&latency) && statistic.is_duration();
    drawn.then(|| Limit {
        label: format!("objective {objective}"),
        tone: "plain",
        value: objective.limit,
        at: place(statistic),
    })
}

/// Where a statistic stands on the scale of percentiles.
fn place(statistic: Statistic) -> Option<f64> {
    statistic.percentile().map(|percentile| 1.0 / (1.0 - percentile.quantile()))
}

/// The schedule lag beyond which the run is not a measurement.
pub(super) fn most_lag(summary: &Summary, tolerances: &Validity) -> Limit {
    let value = most_lag_s(tolerances, summary.figures(Latency::TimeToReady).map(|figures| figures.p50));
    Limit { label: "most that its p99 may be".into(), tone: "warn", value, at: None }
}

/// Phases, where there are several, and the faults of the simulator.
pub(super) fn bands(config: &Config, summary: &Summary) -> Vec<Band> {
    let mut bands = phases(summary);
    if summary.target.kind == "simulator" {
        bands.extend(faults(config));
    }
    bands
}

/// A phase starts when the one before has ended.
fn phases(summary: &Summary) -> Vec<Band> {
    let mut start = 0.0;
    let phases = summary.phases.iter().map(|phase| {
        let (from, to) = (start, start + phase.load.duration_s);
        start = to;
        let kind = if phase.warm_up { BandKind::WarmUp } else { BandKind::Phase };
        Band { kind, label: phase.name.clone(), from, to }
    });
    phases.collect()
}

fn faults(config: &Config) -> impl Iterator<Item = Band> {
    config.simulator.faults.iter().map(|fault| {
        let name = fault.kind.name().replace('_', " ");
        let label = if fault.share < 1.0 { format!("{name} ({:.0} %)", fault.share * 100.0) } else { name };
        let from = fault.at.secs();
        Band { kind: BandKind::Fault, label, from, to: from + fault.length.secs() }
    })
}
