use std::fmt::Write as _;
use std::iter;

use crate::measure::{
    Bucket, Class, ControllerMetrics, Figures, Latency, ObjectiveResult, Outcome, Percentile, PoolSummary, Statistic,
    Summary,
};

/// A summary in plain words: verdict first, figures after.
#[must_use]
pub fn summary_text(summary: &Summary) -> String {
    let mut text = verdict(summary);
    for warning in &summary.warnings {
        let _ = writeln!(text, "WARNING: {warning}");
    }
    let load = &summary.load;
    let rate = load.rate.map_or_else(String::new, |rate| format!(" at {rate}/s"));
    let _ = writeln!(
        text,
        "\n{} claims planned, {}{rate} ({} loop), against {}",
        load.planned,
        load.arrivals,
        load.r#loop,
        target(summary)
    );
    text.extend(end(summary).map(|line| format!("  {line}\n")));
    let _ = writeln!(text, "  {}", describe_outcomes(summary));
    for (reason, count) in &summary.reasons {
        let _ = writeln!(text, "    {count:>8}  {reason}");
    }
    latencies(summary, &mut text);
    text.extend(own_error(summary).map(|line| line + "\n"));
    for pool in &summary.pools {
        text.push_str(&pool_line(pool));
    }
    if let Some(metrics) = &summary.controller_metrics {
        controller(metrics, &mut text);
    }
    let _ = writeln!(
        text,
        "\nachieved ratio {:.2} %; at most {} in flight, {} alive; generator {:.2} s CPU, {:.0} MB, {} connections",
        summary.achieved_ratio * 100.0,
        summary.peak_in_flight,
        summary.peak_alive,
        summary.generator.cpu_s,
        summary.generator.max_rss_bytes as f64 / 1e6,
        summary.generator.connections_opened
    );
    if let Some(controller) = &summary.controller {
        let per_claim =
            controller.cpu_s_per_claim.map_or_else(String::new, |it| format!(", {:.2} ms a claim", it * 1e3));
        let memory = controller.max_rss_bytes as f64 / 1e6;
        let _ = writeln!(text, "controller {:.2} s CPU{per_claim}, {memory:.0} MB", controller.cpu_s);
    }
    if summary.generator.watch_relists > 0 {
        let _ = writeln!(text, "re-lists after gaps of a watch: {}", summary.generator.watch_relists);
    }
    for objective in &summary.slo {
        let met = if objective.met { "met   " } else { "MISSED" };
        let doubt = if objective.undecided { " (undecided: its 95 % interval holds the limit)" } else { "" };
        let _ = writeln!(text, "objective {met} {}: {}{doubt}", objective.expression, objective_value(objective));
    }
    text
}

fn verdict(summary: &Summary) -> String {
    let planned = summary.outcomes.total();
    let none =
        if summary.outcomes.ready == 0 { format!("; none of {planned} claims became ready") } else { String::new() };
    if !summary.valid {
        return format!("INVALID: {}{none}\n", summary.invalid_because());
    }
    match summary.slo.iter().filter(|objective| !objective.met).count() {
        0 if summary.slo.is_empty() => format!("VALID{none}\n"),
        0 => format!("VALID, every objective met{none}\n"),
        missed => format!("VALID, {missed} of {} objectives missed{none}\n", summary.slo.len()),
    }
}

/// The figure of an objective, with its unit: `> 3.00s` where it is a lower bound.
pub(super) fn objective_value(objective: &ObjectiveResult) -> String {
    let Some(value) = objective.value else { return "no figure, since there is nothing to measure".into() };
    let bound = if objective.bound { "> " } else { "" };
    if objective.is_duration() { format!("{bound}{}", seconds(value)) } else { format!("{value}") }
}

/// When a run ended by what it knew: "ended after 74 s: `time_to_ready.p99` is known to 4.8 %".
pub(super) fn end(summary: &Summary) -> Option<String> {
    let until = summary.until.as_ref().filter(|until| until.reached)?;
    let (after, half) = (summary.load.duration_s, until.half_width? * 100.0);
    Some(format!("ended after {after:.0} s: {} is known to {half:.1} %", until.figure))
}

fn target(summary: &Summary) -> String {
    let version = summary.target.server_version.as_deref().unwrap_or("of unknown version");
    match summary.target.kind.as_str() {
        "simulator" => "the embedded simulator".into(),
        kind => format!("a {kind} {version}"),
    }
}

/// "98 ready (97 warm, 1 cold), 2 timed out".
#[must_use]
pub fn describe_outcomes(summary: &Summary) -> String {
    let counted = |count: u64, name: &str| (count > 0).then(|| format!("{count} {}", name.replace('_', " ")));
    let classes = Class::ALL.into_iter().filter_map(|class| counted(summary.classes.of(class), class.name()));
    let classes: Vec<_> = classes.collect();
    let split = if classes.is_empty() { String::new() } else { format!(" ({})", classes.join(", ")) };
    let ready = format!("{} ready{split}", summary.outcomes.ready);
    let others = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Ready);
    let others = others.filter_map(|outcome| counted(summary.outcomes.of(outcome), outcome.name()));
    iter::once(ready).chain(others).collect::<Vec<_>>().join(", ")
}

/// The figures of a latency's row.
const COLUMNS: [Statistic; 6] =
    [Statistic::P50, Statistic::P90, Statistic::P99, Statistic::P999, Statistic::Mean, Statistic::Max];

fn latencies(summary: &Summary, text: &mut String) {
    let some: Vec<(&String, &Figures)> =
        summary.latency_s.iter().filter_map(|(name, figures)| Some((name, figures.as_ref()?))).collect();
    if some.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n{:<26}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "", "count", "p50", "p90", "p99", "p99.9", "mean", "max"
    );
    for (name, figures) in &some {
        let _ = write!(text, "{name:<26}{:>9}", figures.count);
        for statistic in COLUMNS {
            let bound = if figures.bounds.contains(statistic) { ">" } else { "" };
            let _ = write!(text, "{:>10}", format!("{bound}{}", seconds(figures.get(statistic))));
        }
        let _ = writeln!(text);
    }
    if let Some((_, figures)) = some.iter().find(|(_, figures)| figures.censored > 0) {
        let _ = writeln!(
            text,
            "{} claims never became ready; they count at the timeout or their age, so what rests on them is a lower bound (>)",
            figures.censored
        );
    }
}

/// What the generator itself may have added to the figure that decides.
pub(super) fn own_error(summary: &Summary) -> Option<String> {
    let figures = summary.figures(Latency::TimeToReady)?;
    let error = figures.error_s?;
    let of = |percentile: Percentile| {
        let share = 100.0 * error.of(percentile) / figures.get(percentile.statistic());
        format!("{percentile} {} ({share:.1} %)", seconds(error.of(percentile)))
    };
    let all = [Percentile::P50, Percentile::P90, Percentile::P95, Percentile::P99].map(of);
    Some(format!("time_to_ready is too high by at most: {}", all.join(", ")))
}

fn pool_line(pool: &PoolSummary) -> String {
    let full = match (pool.time_to_full_s, pool.refill_rate) {
        (Some(time), Some(rate)) => format!("; full again after {}, {rate:.1} sandboxes/s", seconds(time)),
        _ if pool.lowest_ready >= pool.wanted => String::new(),
        _ => "; not full again by the end".into(),
    };
    format!(
        "\npool {}/{}: {} of {} ready at the start, {} at least{full}\n",
        pool.namespace, pool.name, pool.ready_at_start, pool.wanted, pool.lowest_ready
    )
}

/// The controller's own view; its percentiles are buckets.
fn controller(metrics: &ControllerMetrics, text: &mut String) {
    let creations: Vec<_> = metrics.creations.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let _ = writeln!(text, "\nthe controller's own metrics: {}", creations.join(", "));
    for (name, buckets) in metrics.histograms.iter().filter_map(|(name, buckets)| Some((name, buckets.as_ref()?))) {
        let (p50, p99) = (bucket(buckets.p50), bucket(buckets.p99));
        let _ = writeln!(text, "  {name}: {}, p50 {p50}, p99 {p99}, mean {}", buckets.count, seconds(buckets.mean_s));
    }
    for (name, why) in &metrics.empty_because {
        let _ = writeln!(text, "  {name}: empty, as {why}");
    }
    let sizes = metrics.warmpool_size.map(|size| ("sandboxes of the pools at the end", size));
    let counters = metrics.counters.iter().map(|(name, count)| (name.as_str(), *count)).filter(|(_, count)| *count > 0);
    for (name, count) in counters.chain(sizes) {
        let _ = writeln!(text, "  {name}: {count}");
    }
}

fn bucket(bucket: Bucket) -> String {
    match bucket.at_most_s {
        Some(bound) => format!("{} to {}", seconds(bucket.above_s), seconds(bound)),
        None => format!("over {}", seconds(bucket.above_s)),
    }
}

/// Seconds with three digits and the unit that suits them.
pub(super) fn seconds(value: f64) -> String {
    let (scaled, unit) = match value {
        value if value < 1e-3 => (value * 1e6, "us"),
        value if value < 1.0 => (value * 1e3, "ms"),
        value => (value, "s"),
    };
    let digits = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.digits$}{unit}")
}
