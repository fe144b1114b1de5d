use super::compared::Compared;
use crate::measure::Latency;
use crate::report::percentiles::curve_plot;
use crate::report::plot::{Axis, Plot, Series, Style, Unit, extent};
use crate::report::survey::Survey;
use crate::report::timeline::Timeline;

/// How the two are drawn: the base steps back.
const LOOKS: [(&str, &str, Style); 2] = [("base", "plain", Style::Dashed), ("new", "first", Style::Line)];

/// Both sides laid over each other.
pub(super) fn plots(runs: &[Compared; 2]) -> Vec<Plot> {
    let surveys = runs.each_ref().map(|one| {
        let mut survey = Survey::new(one.timeouts, Vec::new());
        one.claims.iter().for_each(|claim| survey.record(claim));
        survey
    });
    let both = |of: fn(&Survey) -> i64| surveys.iter().map(of).max().unwrap_or(0);
    let (last, intended) = (both(|survey| survey.last_ns), both(|survey| survey.last_intended_ns));
    let fewest = surveys.iter().map(|survey| survey.count).min().unwrap_or(0);
    let mut timelines = runs.each_ref().map(|one| {
        // The same windows for both, or the lines could not be laid over each other.
        let mut timeline = Timeline::new(last, intended, fewest);
        one.claims.iter().for_each(|claim| timeline.record(claim, &one.timeouts));
        timeline
    });
    let of = |latency: Latency| {
        let distributions = surveys.iter().map(|survey| survey.collector.distribution(latency)).zip(LOOKS);
        distributions.map(|(distribution, (name, tone, style))| (distribution, name, tone, style)).collect::<Vec<_>>()
    };
    let mut plots: Vec<Plot> = curve_plot(&of(Latency::TimeToReady)).into_iter().collect();
    plots.extend(over_time(&mut timelines, "p50", "Median time to ready", 0.5));
    plots.extend(over_time(&mut timelines, "p99", "99th percentile of time to ready", 0.99));
    plots.push(rates(&timelines));
    plots
}

fn over_time(timelines: &mut [Timeline], id: &'static str, title: &str, quantile: f64) -> Option<Plot> {
    let (xs, end) = timelines[0].intended();
    let series: Vec<_> = timelines
        .iter_mut()
        .zip(LOOKS)
        .map(|(timeline, (name, tone, style))| Series::new(name, tone, style, timeline.time_to_ready(quantile)))
        .collect();
    let (low, high) = extent(series.iter().flat_map(|one| one.values.iter().copied().flatten()))?;
    let about = format!("By the instant the claims were intended; {}.", timelines[0].grain());
    let axes = [Axis::time(end), Axis::seconds("time to ready", low, high)];
    Some(Plot::new(id, title, about, axes, xs, series))
}

fn rates(timelines: &[Timeline]) -> Plot {
    let looks = timelines.iter().zip(LOOKS);
    let series: Vec<_> =
        looks.map(|(timeline, (name, tone, _))| Series::new(name, tone, Style::Step, timeline.ready_rate())).collect();
    let (xs, x) = timelines[0].whole();
    let about = format!("Claims that became ready a second; {}.", timelines[0].grain());
    let y = Axis::linear("claims a second", Unit::PerSecond, &series);
    Plot { wide: true, ..Plot::new("rate", "Ready", about, [x, y], xs, series) }
}
