//! What `compare --output json` prints, and what Python gets.

use serde::{Serialize, Serializer};

use super::report::{CompareReport, ComparedRun, ConfigDifference};
use crate::measure::compare::{Figure, Judgement, Unit, Verdict};

/// Since version 2 a comparison says which version it is.
const SCHEMA_VERSION: u32 = 2;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    /// `worse`, `better`, `same` or `cannot_tell`, with a `doubt`.
    #[serde(flatten)]
    verdict: Verdict,
    headline: String,
    regressed: bool,
    more_runs: Option<usize>,
    level: f64,
    margin: f64,
    share_margin: f64,
    run_spread: f64,
    run_spread_unknown: bool,
    runs: Sides<'a>,
    unlike: Vec<&'a str>,
    config_differences: &'a [ConfigDifference],
    environment_differences: &'a [ConfigDifference],
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Sides<'a> {
    base: &'a [ComparedRun],
    new: &'a [ComparedRun],
}

#[derive(Serialize)]
struct Difference {
    metric: Figure,
    base: Option<f64>,
    new: Option<f64>,
    /// The sides whose figure is a lower bound.
    bounds: Vec<&'static str>,
    change: Option<f64>,
    interval: Option<[Option<f64>; 2]>,
    regression: bool,
    improvement: bool,
    #[serde(flatten)]
    verdict: Verdict,
    unit: Unit,
    blocks: [usize; 2],
    level: f64,
    smallest_effect: Option<f64>,
    more_runs: Option<usize>,
}

impl Serialize for CompareReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { comparison, rules, runs: [base, new], config_differences, environment_differences } = self;
        let document = Document {
            schema_version: SCHEMA_VERSION,
            verdict: comparison.verdict(),
            headline: self.headline(),
            regressed: self.has_regressed(),
            more_runs: comparison.more_runs(),
            level: comparison.level,
            margin: rules.margin,
            share_margin: rules.share_margin,
            run_spread: rules.run_spread,
            run_spread_unknown: comparison.run_spread_unknown,
            runs: Sides { base, new },
            unlike: self.unlike(),
            config_differences,
            environment_differences,
            differences: comparison.judgements.iter().map(Difference::of).collect(),
        };
        document.serialize(serializer)
    }
}

impl Difference {
    fn of(judgement: &Judgement) -> Self {
        let sides = [("base", judgement.base), ("new", judgement.new)];
        let bounds = sides.iter().filter(|(_, value)| value.is_some_and(|value| value.is_bound));
        let is_bounded = judgement.interval.iter().any(Option::is_some);
        Self {
            metric: judgement.figure,
            base: judgement.base.map(|base| base.value),
            new: judgement.new.map(|new| new.value),
            bounds: bounds.map(|(name, _)| *name).collect(),
            change: judgement.change,
            interval: is_bounded.then_some(judgement.interval),
            regression: judgement.verdict == Verdict::Worse,
            improvement: judgement.verdict == Verdict::Better,
            verdict: judgement.verdict,
            unit: judgement.unit,
            blocks: judgement.blocks,
            level: judgement.level,
            smallest_effect: judgement.smallest_effect,
            more_runs: judgement.more_runs,
        }
    }
}
