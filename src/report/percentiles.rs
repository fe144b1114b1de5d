use super::marks::objectives;
use super::plot::{Axis, Plot, Series, Style, Unit, extent, short};
use crate::measure::{Class, Collector, Distribution, Latency, Summary};

/// Points for each halving of what is left above.
const PER_HALF: usize = 4;

/// The curves of a run: what is asked for, and its parts. Those that leave never-ready claims out say so.
const CURVES: [(Latency, &str, &str); 6] = [
    (Latency::TimeToReady, "time to ready", "first"),
    (Latency::TimeToReadyFromSent, "from sent, of ready claims", "plain"),
    (Latency::CreateAck, "create acknowledged", "third"),
    (Latency::TimeToReadyWarm, "warm", "warm"),
    (Latency::TimeToReadyWarmUnready, "warm unready", "warm-unready"),
    (Latency::TimeToReadyCold, "cold", "cold"),
];

/// Percentiles of one run; a class has a curve of its own where there are several.
pub(super) fn percentiles(collector: &Collector, summary: &Summary) -> Option<Plot> {
    let mixed = Class::ALL.iter().filter(|class| collector.classes().of(**class) > 0).count() > 1;
    let shown = CURVES.iter().take(if mixed { CURVES.len() } else { 3 });
    let drawn: Vec<Latency> = shown.clone().map(|(latency, ..)| *latency).chain([Latency::TimeToFirstExec]).collect();
    let curves = shown.map(|(latency, label, tone)| (collector.distribution(*latency), *label, *tone, Style::Line));
    let exec = collector.distribution(Latency::TimeToFirstExec);
    let plot = curve_plot(&curves.chain([(exec, "first exec", "second", Style::Dashed)]).collect::<Vec<_>>())?;
    Some(plot.with_limits(objectives(summary, &drawn)))
}

/// Percentile curves on the scale of HDR plots, to the percentile that the largest has a claim for.
pub(super) fn curve_plot(curves: &[(&Distribution, &str, &'static str, Style)]) -> Option<Plot> {
    let most = curves.iter().map(|(distribution, ..)| distribution.count()).max().filter(|count| *count > 0)?;
    let points = ((most as f64).log2() * PER_HALF as f64).ceil() as usize;
    let xs: Vec<f64> = (0..=points).map(|at| short((at as f64 / PER_HALF as f64).exp2().min(most as f64))).collect();
    let series: Vec<Series> = curves
        .iter()
        .filter(|(distribution, ..)| distribution.count() > 0)
        .map(|(distribution, label, tone, style)| {
            let known = |x: &f64| *x <= distribution.count() as f64;
            let value = |x: &f64| known(x).then(|| distribution.quantile(1.0 - 1.0 / x)).flatten();
            Series::new(label, tone, *style, xs.iter().map(value))
        })
        .collect();
    let (low, high) = extent(series.iter().flat_map(|one| one.values.iter().copied().flatten()))?;
    let about = "How many claims were faster. To the right of 99 % is the hundredth that waited longest; a curve ends where \
                 there are no more claims to tell.";
    let x = Axis { label: "percentile", unit: Unit::Percentile, log: true, min: 1.0, max: (most as f64).max(10.0) };
    let axes = [x, Axis::seconds("seconds", low, high)];
    Some(Plot { wide: true, ..Plot::new("percentiles", "Percentiles", about.into(), axes, xs, series) })
}
