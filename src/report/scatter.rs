use std::collections::BTreeMap;

use super::StoredRun;
use super::plot::{Axis, Layer, Plot, Series, Style, secs, short};
use super::survey::Survey;
use super::timeline::Timeline;
use crate::config::ConfigError;
use crate::measure::{ClaimRecord, Class, Latency};

/// Claims up to which each is a dot of its own.
const DOTS: u64 = 5000;
/// Columns of a heat map; rows are cells of equal ratio.
const COLUMNS: i64 = 240;
const ROWS_PER_DECADE: f64 = 24.0;

/// Which claims are drawn in which colour.
const KINDS: [(&str, &str); 4] =
    [("warm", "warm"), ("warm unready", "warm-unready"), ("cold", "cold"), ("not ready", "bad")];

/// Time to ready of each claim at its intended instant, with percentiles over it.
pub(super) fn scatter(run: &StoredRun, survey: &Survey, timeline: &mut Timeline) -> Result<Option<Plot>, ConfigError> {
    let Some((low, high)) = survey.bounds_ns else { return Ok(None) };
    let (xs, end) = timeline.intended();
    let few = survey.count <= DOTS;
    let layers = if few { dots(run, survey)? } else { heat(run, survey, (end * 1e9) as i64)? };
    let drawn = if few {
        "Each dot is a claim".to_owned()
    } else {
        format!("Shade counts the {} claims of a cell; the {} slowest are dots", survey.count, survey.slowest.len())
    };
    let bound = "one that never became ready stands at its lower bound, the timeout or its age";
    Ok(Some(Plot {
        id: "time-to-ready",
        title: "Time to ready over time".into(),
        about: format!("{drawn}, at the instant it was intended; {bound}. Lines: percentiles of {}.", timeline.grain()),
        x: Axis::time(end),
        y: Axis::seconds("time to ready", secs(low), secs(high)),
        xs,
        series: vec![
            Series::new("p50", "plain", Style::Line, timeline.time_to_ready(0.5)),
            Series::new("p99", "second", Style::Line, timeline.time_to_ready(0.99)),
        ],
        layers,
        wide: true,
    }))
}

fn dots(run: &StoredRun, survey: &Survey) -> Result<Vec<Layer>, ConfigError> {
    let mut layers = KINDS.map(|(label, tone)| layer(label, tone));
    for claim in run.claims()? {
        let claim = claim?;
        if let Some((nanos, _)) = Latency::TimeToReady.of(&claim, &survey.timeouts) {
            layers[kind(&claim)].push(claim.intended_ns, nanos);
        }
    }
    Ok(layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect())
}

fn heat(run: &StoredRun, survey: &Survey, end_ns: i64) -> Result<Vec<Layer>, ConfigError> {
    let width_ns = (end_ns / COLUMNS).max(1);
    let mut cells = [BTreeMap::new(), BTreeMap::new()];
    for claim in run.claims()? {
        let claim = claim?;
        if let Some((nanos, _)) = Latency::TimeToReady.of(&claim, &survey.timeouts) {
            let row = ((nanos.max(1) as f64).log10() * ROWS_PER_DECADE) as i64;
            let into = &mut cells[usize::from(!claim.is_ready())];
            *into.entry((claim.intended_ns / width_ns, row)).or_insert(0_u64) += 1;
        }
    }
    let [ready, not_ready] = cells;
    let mut slowest = layer("slowest", "second");
    for claim in &survey.slowest {
        claim.ready_ns.into_iter().for_each(|ready| slowest.push(claim.intended_ns, ready - claim.intended_ns));
    }
    let layers =
        [of_cells("ready", "first", &ready, width_ns), of_cells("not ready", "bad", &not_ready, width_ns), slowest];
    Ok(layers.into_iter().filter(|layer| !layer.xs.is_empty()).collect())
}

fn of_cells(label: &str, tone: &'static str, cells: &BTreeMap<(i64, i64), u64>, width_ns: i64) -> Layer {
    let bottom = |row: i64| 10_f64.powf(row as f64 / ROWS_PER_DECADE) / 1e9;
    Layer {
        xs: cells.keys().map(|(column, _)| short(secs(column * width_ns))).collect(),
        ys: cells.keys().map(|(_, row)| short(bottom(*row))).collect(),
        counts: cells.values().copied().collect(),
        width: secs(width_ns),
        factor: 10_f64.powf(1.0 / ROWS_PER_DECADE),
        ..layer(label, tone)
    }
}

fn layer(label: &str, tone: &'static str) -> Layer {
    let (xs, ys, counts) = (Vec::new(), Vec::new(), Vec::new());
    Layer { label: label.into(), tone, xs, ys, counts, width: 0.0, factor: 1.0 }
}

impl Layer {
    fn push(&mut self, intended_ns: i64, nanos: i64) {
        self.xs.push((secs(intended_ns) * 1e4).round() / 1e4);
        self.ys.push(short(secs(nanos.max(1000))));
    }
}

fn kind(claim: &ClaimRecord) -> usize {
    match claim.ready_class() {
        Some(Class::Warm) => 0,
        Some(Class::WarmUnready) => 1,
        Some(Class::Cold) => 2,
        None => 3,
    }
}
