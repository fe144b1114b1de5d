use std::collections::{BTreeMap, BTreeSet};

use super::StoredRun;
use super::details::Details;
use super::plot::{Axis, Layer, Plot, Series, Style, secs, short};
use super::survey::{Survey, time_to_ready};
use super::timeline::Timeline;
use crate::config::ConfigError;
use crate::measure::{ClaimRecord, Class, Outcome};

/// Claims up to which each is a dot of its own.
const DOTS: u64 = 5000;
/// Columns of a heat map; rows are cells of equal ratio.
const COLUMNS: i64 = 240;
const ROWS_PER_DECADE: f64 = 24.0;

/// The claims that the page shows whole, by index: all of a small run, of others those that were asked for.
type Shown = BTreeMap<u64, ClaimRecord>;

/// Time to ready of each claim at its intended instant, with percentiles over it. What never became ready stands in a
/// strip above: its lower bound would squash the rest. `wanted` are the claims to show whole in any case. The claims are
/// read once, and counted in `timeline` too: a run of a million has a gigabyte of them.
pub(super) fn scatter(
    run: &StoredRun,
    survey: &Survey,
    timeline: &mut Timeline,
    wanted: &BTreeSet<u64>,
) -> Result<Plot, ConfigError> {
    let (xs, end) = timeline.intended();
    let few = survey.count <= DOTS;
    let mut heat = Heat::new((end * 1e9) as i64);
    let mut shown = Shown::new();
    for claim in run.claims()? {
        let claim = claim?;
        timeline.record(&claim, &survey.timeouts);
        if !few {
            heat.count(&claim);
        }
        if few || wanted.contains(&claim.index) {
            shown.insert(claim.index, claim);
        }
    }
    let layers = if few { dots(&shown) } else { heat.layers(&shown) };
    let series = vec![
        Series::new("p50", "plain", Style::Line, timeline.time_to_ready(0.5)),
        Series::new("p99", "second", Style::Line, timeline.time_to_ready(0.99)),
    ];
    let timeout = survey.timeouts.ready_ns;
    let (low, high) = survey.bounds_ns.unwrap_or((timeout, timeout));
    let axes = [Axis::time(end), Axis::seconds("time to ready", secs(low), secs(high))];
    let about = about(survey, &timeline.grain(), few);
    let plot = Plot::new("time-to-ready", "Time to ready over time", about, axes, xs, series);
    Ok(Plot { layers, claims: Some(Details::of(shown.values())), wide: true, ..plot })
}

fn about(survey: &Survey, grain: &str, few: bool) -> String {
    let drawn = if few {
        "Each dot is a claim, at the instant it was intended; click one to open it."
    } else {
        "Shade counts the claims of a cell, by the instant they were intended. The slowest are dots; click one to open it."
    };
    let failed = if survey.failed.is_empty() {
        ""
    } else {
        " The strip on top holds those that never became ready; a percentile that falls on one is a lower bound, and may \
         leave the plot."
    };
    format!("{drawn}{failed} Lines: percentiles of all claims in {grain}.")
}

fn dots(claims: &Shown) -> Vec<Layer> {
    let mut layers = classes().into_iter().chain(strips()).collect::<Vec<_>>();
    for claim in claims.values() {
        layers[row(claim)].claims.push(claim.index);
    }
    layers.retain(|layer| !layer.claims.is_empty());
    layers
}

/// A layer for each class of ready claims,
fn classes() -> [Layer; Class::ALL.len()] {
    Class::ALL.map(|class| match class {
        Class::Warm => Layer::new("warm", "warm"),
        Class::WarmUnready => Layer::new("warm unready", "warm-unready"),
        Class::Cold => Layer::new("cold", "cold"),
    })
}

/// and one for each outcome, of which that of ready stays empty.
fn strips() -> [Layer; Outcome::ALL.len()] {
    Outcome::ALL.map(|outcome| Layer { strip: true, ..Layer::new(&outcome.name().replace('_', " "), "bad") })
}

fn row(claim: &ClaimRecord) -> usize {
    let class = claim.ready_class().filter(|_| claim.ready_ns.is_some());
    let class = class.and_then(|class| Class::ALL.iter().position(|other| *other == class));
    class.unwrap_or_else(|| Class::ALL.len() + outcome_row(claim))
}

fn outcome_row(claim: &ClaimRecord) -> usize {
    Outcome::ALL.iter().position(|outcome| *outcome == claim.outcome()).unwrap_or_default()
}

/// Claims counted by cells, for more of them than there is room for dots.
struct Heat {
    width_ns: i64,
    /// By column and row.
    ready: BTreeMap<(i64, i64), u64>,
    /// Of each outcome, by column.
    others: [BTreeMap<i64, u64>; Outcome::ALL.len()],
}

impl Heat {
    fn new(end_ns: i64) -> Self {
        Self { width_ns: (end_ns / COLUMNS).max(1), ready: BTreeMap::new(), others: Default::default() }
    }

    fn count(&mut self, claim: &ClaimRecord) {
        let column = claim.intended_ns / self.width_ns;
        let cell = match time_to_ready(claim) {
            Some(nanos) => {
                let row = ((nanos.max(1) as f64).log10() * ROWS_PER_DECADE) as i64;
                self.ready.entry((column, row)).or_default()
            }
            None => self.others[outcome_row(claim)].entry(column).or_default(),
        };
        *cell += 1;
    }

    /// With the shown ones that became ready as dots.
    fn layers(&self, shown: &Shown) -> Vec<Layer> {
        let bottom = |row: i64| 10_f64.powf(row as f64 / ROWS_PER_DECADE) / 1e9;
        let ready = Layer {
            xs: self.ready.keys().map(|(column, _)| self.start(*column)).collect(),
            ys: self.ready.keys().map(|(_, row)| short(bottom(*row))).collect(),
            counts: self.ready.values().copied().collect(),
            width: secs(self.width_ns),
            factor: 10_f64.powf(1.0 / ROWS_PER_DECADE),
            ..Layer::new("ready", "first")
        };
        let of_ready = shown.values().filter(|claim| time_to_ready(claim).is_some());
        let slowest = Layer { claims: of_ready.map(|claim| claim.index).collect(), ..Layer::new("slowest", "second") };
        let strips = strips().into_iter().zip(&self.others).map(|(strip, cells)| Layer {
            xs: cells.keys().map(|column| self.start(*column)).collect(),
            counts: cells.values().copied().collect(),
            width: secs(self.width_ns),
            ..strip
        });
        let drawn = |layer: &Layer| !layer.xs.is_empty() || !layer.claims.is_empty();
        [ready, slowest].into_iter().chain(strips).filter(drawn).collect()
    }

    fn start(&self, column: i64) -> f64 {
        short(secs(column * self.width_ns))
    }
}
