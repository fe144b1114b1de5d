//! All figures of two sides, judged together.

use super::between::{Between, chance_of_spread};
use super::difference::Difference;
use super::estimate::{Estimate, effects};
use super::judgement::Value;
use super::more_runs::{ENOUGH_RUNS, more_runs};
use super::side::{Side, Within};
use super::verdict::decide;
use super::{Comparison, Doubt, Figure, Judgement, Observation, Rules, RunSample, Unit, Verdict};

/// Blocks that a run needs at least, to be a sample of its own.
const FEWEST_BLOCKS: usize = 8;
/// A figure is decided by runs where runs alike would differ as much this rarely.
const OWN_SPREAD: f64 = 0.01;
/// All figures of a latency are where one's runs differ so: what slows a run slows all of it.
const SHARED_SPREAD: f64 = 0.003;

/// Compares the runs of two sides, base first.
#[must_use]
pub fn compare(sides: [&[RunSample]; 2], rules: &Rules) -> Comparison {
    let figures = figures_of(&sides.into_iter().flatten().collect::<Vec<_>>());
    let runs = sides.map(<[RunSample]>::len);
    let known = runs[0] + runs[1] >= 2 * ENOUGH_RUNS;
    let mut task = Task { sides, rules, level: level_of_one(&figures, rules), known, lengths: None };
    let groups = figures.chunk_by(|a, b| a.latency().is_some() && a.latency() == b.latency());
    let judgements = groups.flat_map(|group| task.judge(group)).collect();
    Comparison { level: rules.level, runs, run_spread_unknown: !known, judgements }
}

/// The figures that each run has.
pub fn figures_of(runs: &[&RunSample]) -> Vec<Figure> {
    let is_there = |figure: &Figure| match figure {
        Figure::CpuPerClaim => runs.iter().all(|run| run.cpu_per_claim.is_some()),
        _ => runs.iter().all(|run| !figure.observations(run).is_empty()),
    };
    Figure::ALL.into_iter().filter(is_there).collect()
}

/// The part of the level that a figure of weight one has.
pub fn level_of_one(figures: &[Figure], rules: &Rules) -> f64 {
    rules.level / figures.iter().map(|figure| figure.weight()).sum::<f64>()
}

type Estimator = fn(Figure, &Side, &Within, f64, f64) -> Option<Estimate>;

struct Task<'a> {
    sides: [&'a [RunSample]; 2],
    rules: &'a Rules,
    /// Of a figure of weight one.
    level: f64,
    /// Are there enough runs to know their spread?
    known: bool,
    /// Lengths of the blocks of the first latency, in which the others' may be no shorter.
    lengths: Option<[Vec<i64>; 2]>,
}

impl Task<'_> {
    /// Judges figures of the same claims.
    fn judge(&mut self, figures: &[Figure]) -> Vec<Judgement> {
        if figures[0] == Figure::CpuPerClaim {
            return vec![self.cpu()];
        }
        let sides = [0, 1].map(|side| {
            let runs: Vec<&[Observation]> = self.sides[side].iter().map(|run| figures[0].observations(run)).collect();
            Side::new(&runs, self.lengths.as_ref().map(|lengths| &lengths[side][..]))
        });
        if self.lengths.is_none() {
            self.lengths = Some(sides.each_ref().map(Side::block_lengths));
        }
        let withins = figures.iter().map(|figure| sides.each_ref().map(|side| figure.within(side)));
        let withins: Vec<[Within; 2]> = withins.collect();
        let chances: Vec<f64> = withins.iter().map(|[base, new]| chance_of_spread([base, new])).collect();
        let shared = chances.iter().any(|chance| *chance < SHARED_SPREAD);
        let one = |((figure, within), chance): ((&Figure, &[Within; 2]), &f64)| {
            self.one(*figure, &sides, within, shared || *chance < OWN_SPREAD)
        };
        figures.iter().zip(&withins).zip(&chances).map(one).collect()
    }

    fn one(&self, figure: Figure, sides: &[Side; 2], within: &[Within; 2], runs_differ: bool) -> Judgement {
        let enough_blocks = sides.iter().all(|side| side.fewest_blocks() >= FEWEST_BLOCKS);
        let unit = if runs_differ || !enough_blocks { Unit::Run } else { Unit::Block };
        let (tail, effects) = (self.tail(figure), effects(within));
        let between = between(figure, sides);
        let of_claims = |estimate: Estimator| {
            let of = |side: usize| estimate(figure, &sides[side], &within[side], effects[side], tail);
            Some(Difference::of_estimates(&of(0)?, &of(1)?, figure.scale(), tail))
        };
        let of_runs = || between.map(|between| Difference::of_runs(&between, tail));
        let difference = match unit {
            Unit::Block => of_claims(Figure::estimate),
            // A few failures may be as many in each run by luck: that is no measure of their spread.
            Unit::Run if figure.is_share() || between.is_some_and(|between| between.has_bounds != [false; 2]) => {
                of_runs().zip(of_claims(Figure::least)).map(|(runs, claims)| runs.widened(&claims))
            }
            Unit::Run => of_runs(),
        };
        let value = |side: &Side| figure.value(&side.sorted).map(|(value, is_bound)| Value { value, is_bound });
        let mut judgement = self.judgement(figure, unit, sides.each_ref().map(value), difference);
        judgement.blocks = sides.each_ref().map(Side::blocks);
        let Verdict::CannotTell(doubt) = judgement.verdict else { return judgement };
        if doubt != Doubt::TooFewClaims && !enough_blocks && !self.known {
            judgement.verdict = Verdict::CannotTell(Doubt::TooFewBlocks);
        }
        let within_runs = || {
            let of = |side: usize| figure.deviation(&sides[side], &within[side], effects[side]);
            of(0).hypot(of(1)) / std::f64::consts::SQRT_2
        };
        let deviation = match between {
            Some(between) if unit == Unit::Run => between.deviation,
            _ => within_runs(),
        };
        judgement.more_runs = self.more_runs(&judgement, deviation);
        judgement
    }

    fn cpu(&self) -> Judgement {
        let figure = Figure::CpuPerClaim;
        let runs = self.sides.map(|runs| runs.iter().filter_map(|run| run.cpu_per_claim).collect::<Vec<_>>());
        let logs = runs.each_ref().map(|runs| runs.iter().map(|run| figure.scale()(*run)).collect::<Vec<_>>());
        let between = Between::new([&logs[0], &logs[1]], [false; 2]);
        let mean =
            |runs: &Vec<f64>| Some(Value { value: runs.iter().sum::<f64>() / runs.len() as f64, is_bound: false });
        let difference = between.map(|between| Difference::of_runs(&between, self.tail(figure)));
        let mut judgement = self.judgement(figure, Unit::Run, runs.each_ref().map(mean), difference);
        if matches!(judgement.verdict, Verdict::CannotTell(_)) {
            judgement.more_runs = self.more_runs(&judgement, between.map_or(0.0, |between| between.deviation));
        }
        judgement
    }

    fn judgement(
        &self,
        figure: Figure,
        unit: Unit,
        [base, new]: [Option<Value>; 2],
        difference: Option<Difference>,
    ) -> Judgement {
        let larger = base.iter().chain(&new).map(|side| side.value).fold(0.0, f64::max);
        // Of a share, relative to the larger.
        let spread = self.rules.run_spread * if figure.is_share() { larger } else { 1.0 };
        let spread = if self.known || unit == Unit::Run { 0.0 } else { spread };
        let end = |value: f64| value.is_finite().then(|| figure.change(value));
        let decided =
            |it: Difference| decide(figure.change(it.low), figure.change(it.high), self.margin(figure), spread);
        let doubt = match (base, new) {
            (Some(_), Some(_)) if !self.known => Doubt::RunSpreadUnknown,
            _ => Doubt::TooFewClaims,
        };
        Judgement {
            figure,
            base,
            new,
            unit,
            blocks: [0, 0],
            level: 2.0 * self.tail(figure),
            change: difference.map(|it| figure.change(it.at)),
            interval: [difference.and_then(|it| end(it.low)), difference.and_then(|it| end(it.high))],
            smallest_effect: difference.and_then(|it| end(it.smallest)).map(|smallest| smallest + spread),
            verdict: difference.map_or(Verdict::CannotTell(doubt), decided),
            more_runs: None,
        }
    }

    fn more_runs(&self, judgement: &Judgement, deviation: f64) -> Option<usize> {
        let (figure, scale) = (judgement.figure, judgement.figure.scale());
        let at = scale(judgement.new?.value) - scale(judgement.base?.value);
        let runs = self.sides[0].len().min(self.sides[1].len());
        more_runs(runs, deviation, at, self.margin(figure), self.tail(figure), judgement.unit == Unit::Run)
    }

    fn margin(&self, figure: Figure) -> f64 {
        if figure.is_share() { self.rules.share_margin } else { self.rules.margin }
    }

    /// Chance with which each end of the interval is missed.
    fn tail(&self, figure: Figure) -> f64 {
        self.level * figure.weight() / 2.0
    }
}

/// The spread of a figure over whole runs; `None` where there are too few, of runs or of claims in one.
fn between(figure: Figure, sides: &[Side; 2]) -> Option<Between> {
    let mut has_bounds = [false; 2];
    let mut figures = [Vec::new(), Vec::new()];
    for (place, side) in sides.iter().enumerate() {
        for run in &side.runs {
            let (value, is_bound) = figure.value(&run.sorted)?;
            has_bounds[place] |= is_bound;
            figures[place].push(figure.scale()(value));
        }
    }
    Between::new([&figures[0], &figures[1]], has_bounds)
}
