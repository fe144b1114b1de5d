//! What only developers of a cluster or of this tool ask: all latencies, cost, the controller's own metrics, pools,
//! and what the API server was asked for.

use super::own_error::own_error;
use super::server::server;
use super::times::cell;
use crate::measure::{Bucket, ControllerMetrics, PoolSummary, SourceSummary, Statistic, Summary};
use crate::report::screen::{Line, Look, Screen, Tone};
use crate::report::table::{Column, Names, Row, Table};
use crate::report::units::seconds;

const COLUMNS: [(Statistic, Column); 6] = [
    (Statistic::Count, Column { head: "count", width: 8, rank: 2 }),
    (Statistic::P50, Column { head: "p50", width: 8, rank: 0 }),
    (Statistic::P90, Column { head: "p90", width: 8, rank: 5 }),
    (Statistic::P99, Column { head: "p99", width: 8, rank: 1 }),
    (Statistic::P999, Column { head: "p99.9", width: 8, rank: 4 }),
    (Statistic::Max, Column { head: "max", width: 8, rank: 3 }),
];
const NAMES: Names = Names { head: "all latencies", width: 27, least: 26 };

/// All of it.
pub(super) fn internals(summary: &Summary, look: &Look, screen: &mut Screen) {
    latencies(summary, look, screen);
    screen.gap();
    let mut lines: Vec<String> = own_error(summary).into_iter().collect();
    lines.extend(summary.pools.iter().map(pool));
    lines.push(load(summary));
    if let Some(cost) = &summary.controller {
        let per_claim = cost.cpu_s_per_claim.map_or_else(String::new, |it| format!(", {:.2} ms a claim", it * 1e3));
        lines.push(format!(
            "controller: {:.2} s CPU{per_claim}, {:.0} MB",
            cost.cpu_s,
            cost.max_rss_bytes as f64 / 1e6
        ));
    }
    lines.extend(summary.controller_metrics.iter().flat_map(controller));
    lines.extend(summary.sources.iter().map(source));
    screen.extend(lines.into_iter().map(|text| Line::new(Tone::Plain, text).hanging(2)));
    summary.server.iter().for_each(|requests| server(requests, look, screen));
}

fn source(of: &SourceSummary) -> String {
    let why = of.reason.as_ref().map_or_else(String::new, |reason| format!(", {} missed: {reason}", of.missed));
    format!("source {}: {} readings{why}", of.source, of.reads)
}

fn latencies(summary: &Summary, look: &Look, screen: &mut Screen) {
    let columns = COLUMNS.map(|(_, column)| column);
    let table = Table::new(NAMES, &columns, look);
    screen.gap();
    screen.push(table.head());
    for (name, figures) in summary.latency_s.iter().filter_map(|(name, figures)| Some((name, figures.as_ref()?))) {
        let cells = COLUMNS.map(|(statistic, _)| (Tone::Plain, cell(figures, statistic).1)).to_vec();
        let notes = vec![format!("mean {}", cell(figures, Statistic::Mean).1)];
        table.row(&Row { name: name.clone(), cells, notes }, screen);
    }
}

fn load(summary: &Summary) -> String {
    let generator = &summary.generator;
    let memory = generator.max_rss_bytes as f64 / 1e6;
    format!(
        "achieved ratio {:.2} %; at most {} in flight, {} alive; generator {:.2} s CPU, {memory:.0} MB, {} connections, \
         {} re-lists after gaps of a watch",
        summary.achieved_ratio * 100.0,
        summary.peak_in_flight,
        summary.peak_alive,
        generator.cpu_s,
        generator.connections_opened,
        generator.watch_relists,
    )
}

fn pool(pool: &PoolSummary) -> String {
    let full = match (pool.time_to_full_s, pool.refill_rate) {
        (Some(time), Some(rate)) => format!("; full again after {}, {rate:.1} sandboxes/s", seconds(time)),
        _ if pool.lowest_ready >= pool.wanted => String::new(),
        _ => "; not full again by the end".into(),
    };
    let drained =
        pool.drain_rate.map_or_else(String::new, |rate| format!("; drained at {rate:.1} sandboxes/s or more"));
    let after = pool.full_after_release_s.filter(|after| *after > 0.0);
    let after = after.map_or_else(String::new, |after| format!(", {} after the last release", seconds(after)));
    format!(
        "pool {}/{}: {} of {} ready at the start, {} at least{drained}{full}{after}",
        pool.namespace, pool.name, pool.ready_at_start, pool.wanted, pool.lowest_ready
    )
}

/// The controller's own view; its percentiles are buckets.
fn controller(metrics: &ControllerMetrics) -> Vec<String> {
    let creations: Vec<_> = metrics.creations.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let mut lines = vec![format!("the controller's own metrics: {}", creations.join(", "))];
    for (name, buckets) in metrics.histograms.iter().filter_map(|(name, buckets)| Some((name, buckets.as_ref()?))) {
        let (p50, p99) = (bucket(buckets.p50), bucket(buckets.p99));
        lines.push(format!("  {name}: {}, p50 {p50}, p99 {p99}, mean {}", buckets.count, seconds(buckets.mean_s)));
    }
    lines.extend(metrics.empty_because.iter().map(|(name, why)| format!("  {name}: empty, as {why}")));
    let sizes = metrics.warmpool_size.map(|size| ("sandboxes of the pools at the end", size));
    let counters = metrics.counters.iter().map(|(name, count)| (name.as_str(), *count)).filter(|(_, count)| *count > 0);
    lines.extend(counters.chain(sizes).map(|(name, count)| format!("  {name}: {count}")));
    lines
}

fn bucket(bucket: Bucket) -> String {
    match bucket.at_most_s {
        Some(bound) => format!("{} to {}", seconds(bucket.above_s), seconds(bound)),
        None => format!("over {}", seconds(bucket.above_s)),
    }
}
